//! What is too wide for its screen goes on below instead of being clipped: the last column of a list, parts of a line.
use super::Layout;
use super::grid::{sentence, shrunk, width};

/// Between two columns.
const GAP: usize = 2;
/// A last column keeps at least this.
const LEAST: usize = 24;

/// A [`grid`](super::grid()) whose last column goes on in further lines, broken at words; where little is left for it, the
/// columns of `shrink` are clipped first.
#[must_use]
pub fn wrapped(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    shrink: &[usize],
    layout: Layout,
) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let last = head.len().saturating_sub(1);
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
        cells.chain([width(head[at])]).max().unwrap_or(0)
    };
    let before: usize = (0..last).map(|at| widest(at) + GAP).sum();
    let room = layout.width.saturating_sub(before).max(LEAST);
    let several = |row: Vec<String>| {
        let text = row.get(last).cloned().unwrap_or_default();
        let lines = sentence("", 0, &text, Layout { width: room, color: false });
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        let blank = vec![String::new(); last];
        let line = move |(at, line): (usize, String)| {
            let mut cells = if at == 0 { row[..last.min(row.len())].to_vec() } else { blank.clone() };
            cells.push(line);
            cells
        };
        lines.into_iter().enumerate().map(line).collect::<Vec<_>>()
    };
    shrunk(head, rows.iter().cloned().flat_map(several), shrink, layout)
}

/// Parts behind each other, a part that does not fit on the next line; one that is wider than the screen is broken at
/// words. Ends with a newline.
#[must_use]
pub fn flow(parts: &[String], separator: &str, layout: Layout) -> String {
    let mut lines = vec![String::new()];
    for part in parts {
        let taken = lines.last().map_or(0, |line| width(line));
        let fits = taken + width(separator) + width(part) <= layout.width;
        match lines.last_mut() {
            Some(line) if taken > 0 && fits => *line += &format!("{separator}{part}"),
            Some(line) if taken == 0 => part.clone_into(line),
            _ => lines.push(part.clone()),
        }
    }
    lines
        .iter()
        .map(
            |line| {
                if width(line) <= layout.width { format!("{line}\n") } else { sentence("", 0, line, layout) }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Layout = Layout { width: 40, color: false };

    #[test]
    fn a_last_column_goes_on_below_itself_and_numbers_stay_right() {
        let rows = [["a", "9", "short"], ["much-longer", "1234", "names, that, go, on, and, on"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        insta::assert_snapshot!(wrapped(&["batch", "cases", "versions"], rows, &[0], NARROW), @r"
        batch        cases  versions
        ────────────────────────────────────────
        a                9  short
        much-longer   1234  names, that, go, on,
                            and, on
        ");
    }

    #[test]
    fn where_little_is_left_the_columns_that_may_shrink_do() {
        let rows = [["a-name-that-is-long", "9", "words, of, some, width, in, all"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        insta::assert_snapshot!(wrapped(&["batch", "cases", "versions"], rows, &[0], NARROW), @r"
        batch     cases  versions
        ────────────────────────────────────────
        a-name-…      9  words, of, some, width,
                         in, all
        ");
    }

    #[test]
    fn parts_stay_whole_where_they_fit() {
        let parts = ["ok", "latency 6.4 ms", "queue 3.2 ms", "cost $0.01"].map(str::to_owned);
        assert_eq!(flow(&parts, " · ", NARROW), "ok · latency 6.4 ms · queue 3.2 ms\ncost $0.01\n");
        let long = ["error".to_owned(), "a message that is wider than the whole screen".to_owned()];
        assert_eq!(flow(&long, " · ", NARROW), "error\na message that is wider than the whole\nscreen\n");
    }
}
