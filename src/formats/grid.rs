//! Aligned columns and wrapped sentences for a screen of a given width. Knows text only, no report. Whatever control
//! characters text brings (a model's output, a case id) become spaces, so that nobody else steers the terminal.
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::Layout;

/// Between two columns.
const GAP: usize = 2;
/// A clipped column keeps at least this.
const LEAST: usize = 4;

/// How a cell is coloured; every one also says in words or marks what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// As everything else.
    Plain,
    /// Stands out.
    Bold,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Open.
    Open,
    /// Steps back.
    Dim,
}

impl Paint {
    /// The text in this paint, where colour may be used.
    #[must_use]
    pub fn on(self, text: &str, layout: Layout) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Bold => "1",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Open => "33",
            Self::Dim => "2",
        };
        if layout.color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl Cell {
    /// A painted cell.
    pub fn new(text: impl AsRef<str>, paint: Paint) -> Self {
        Self { text: clean(text.as_ref()), paint }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Paint::Plain)
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    head: String,
    right: bool,
    cells: Vec<Cell>,
}

impl Column {
    /// A column of words.
    pub fn left<C: Into<Cell>>(head: &str, cells: impl IntoIterator<Item = C>) -> Self {
        Self { head: clean(head), right: false, cells: cells.into_iter().map(Into::into).collect() }
    }

    /// A column of plain numbers.
    pub fn right<C: Into<Cell>>(head: &str, cells: impl IntoIterator<Item = C>) -> Self {
        Self { right: true, ..Self::left(head, cells) }
    }

    /// Columns of the screen it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| width(&cell.text));
        cells.chain([width(&self.head)]).max().unwrap_or(0).max(1)
    }

    fn clipped(mut self, room: usize) -> Self {
        self.head = shorten(&self.head, room);
        for cell in &mut self.cells {
            cell.text = shorten(&cell.text, room);
        }
        self
    }
}

/// The width of columns side by side.
#[must_use]
pub fn total_width<'a>(columns: impl IntoIterator<Item = &'a Column>) -> usize {
    columns.into_iter().map(|column| column.width() + GAP).sum::<usize>().saturating_sub(GAP)
}

/// Columns under one header and a rule. What is too wide is clipped, never wrapped: first the columns of `shrink`,
/// then from the last one backwards.
#[must_use]
pub fn render(columns: Vec<Column>, shrink: &[usize], layout: Layout) -> String {
    let columns = fitted(columns, shrink, layout.width);
    let mut table = Table::new();
    table.force_no_tty().load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')));
    table.set_header(columns.iter().map(|column| Paint::Bold.on(&column.head, layout)).collect::<Vec<_>>());
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in 0..rows {
        let cell = |column: &Column| {
            column.cells.get(row).map_or(String::new(), |cell| cell.paint.on(&cell.text, layout))
        };
        table.add_row(columns.iter().map(cell).collect::<Vec<_>>());
    }
    for (at, column) in columns.iter().enumerate() {
        if let Some(made) = table.column_mut(at) {
            made.set_padding((0, if at + 1 == columns.len() { 0 } else { GAP as u16 }));
            made.set_cell_alignment(if column.right { CellAlignment::Right } else { CellAlignment::Left });
        }
    }
    table.trim_fmt() + "\n"
}

/// Groups of columns behind the same leading ones, in as few blocks as fit the width: a group goes to the next block
/// rather than apart, and apart rather than beyond the width. Without any column, the leading ones alone.
#[must_use]
pub fn packed(
    lead: &[Column],
    groups: impl IntoIterator<Item = Vec<Column>>,
    width: usize,
) -> Vec<Vec<Column>> {
    let mut blocks = vec![lead.to_vec()];
    let fits = |block: &[Column], more: &[Column]| total_width(block.iter().chain(more)) <= width;
    for group in groups {
        let whole = blocks.last().is_some_and(|block| block.len() == lead.len() || fits(block, &group));
        if !whole && !group.is_empty() {
            blocks.push(lead.to_vec());
        }
        for column in group {
            match blocks.last_mut() {
                Some(block) if block.len() == lead.len() || fits(block, std::slice::from_ref(&column)) => {
                    block.push(column);
                }
                _ => blocks.push(lead.iter().cloned().chain([column]).collect()),
            }
        }
    }
    blocks
}

/// Plain aligned columns under a rule, as lists of things are shown: numbers to the right, the last column clipped
/// to the width, nothing wrapped. Ends with a newline.
#[must_use]
pub fn grid(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>, layout: Layout) -> String {
    shrunk(head, rows, &[], layout)
}

/// The same, where other columns are clipped first.
#[must_use]
pub fn shrunk(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    shrink: &[usize],
    layout: Layout,
) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let column = |(at, head): (usize, &&str)| {
        let cells = rows.iter().map(|row| row.get(at).map_or("", String::as_str));
        let mut column = Column::left(head, cells);
        column.right = column.cells.iter().any(|cell| !cell.text.is_empty())
            && column.cells.iter().all(|cell| is_number(&cell.text));
        column
    };
    render(head.iter().enumerate().map(column).collect(), shrink, layout)
}

/// `label  text`, wrapped at words to the width, the lines after the first indented to the text. Ends with a newline.
#[must_use]
pub fn sentence(label: &str, indent: usize, text: &str, layout: Layout) -> String {
    let room = layout.width.saturating_sub(indent).max(LEAST);
    let text = clean(text);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace().flat_map(|word| pieces(word, room)) {
        let line = lines.last_mut().map(|line| (width(line), line));
        match line {
            Some((0, line)) => line.push_str(&word),
            Some((taken, line)) if taken + 1 + width(&word) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    let label =
        format!("{}{}", Paint::Dim.on(label, layout), " ".repeat(indent.saturating_sub(width(label))));
    let blank = " ".repeat(indent);
    let line = |(at, line): (usize, String)| format!("{}{line}", if at == 0 { &label } else { &blank });
    let lines: Vec<String> =
        lines.into_iter().enumerate().map(line).map(|l| l.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// Columns of the screen that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut table = Table::new();
    table.force_no_tty().add_row([text]);
    table.column_max_content_widths().first().copied().map_or(0, usize::from)
}

/// The text with every control character as a space.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A word in parts that fit.
fn pieces(word: &str, room: usize) -> Vec<String> {
    if width(word) <= room {
        return vec![word.to_owned()];
    }
    let chars: Vec<char> = word.chars().collect();
    let fit = if word.is_ascii() { room } else { (room / 2).max(1) };
    chars.chunks(fit).map(|part| part.iter().collect()).collect()
}

/// The text cut to a display width, the last column `…` where something was cut.
fn shorten(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(room.saturating_sub(1)).collect();
    while width(&kept) >= room && kept.pop().is_some() {}
    format!("{}…", kept.trim_end())
}

fn fitted(mut columns: Vec<Column>, shrink: &[usize], room: usize) -> Vec<Column> {
    let order: Vec<usize> = shrink.iter().copied().chain((0..columns.len()).rev()).collect();
    for at in order {
        let over = total_width(&columns).saturating_sub(room);
        let Some(column) = columns.get(at) else { continue };
        let now = column.width();
        let then = now.saturating_sub(over).max(LEAST.min(now));
        if then < now {
            columns[at] = columns[at].clone().clipped(then);
        }
    }
    columns
}

/// Whether a cell is a number with its unit, or empty.
fn is_number(text: &str) -> bool {
    let unit = |word: &str| ["ms", "s", "m", "h", "k", "M", "%"].contains(&word);
    text.split(' ').all(|word| {
        unit(word)
            || ["?", "–"].contains(&word)
            || word
                .trim_start_matches(['+', '-', '~', '<', '$'])
                .chars()
                .all(|c| c.is_ascii_digit() || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Layout = Layout { width: 40, color: false };

    #[test]
    fn a_grid_aligns_numbers_and_clips_its_last_column() {
        let rows = [["a", "9", "short"], ["much-longer", "1234", "an output that goes on\nand on"]];
        let text =
            grid(&["run", "tokens", "output"], rows.map(|row| row.map(str::to_owned).to_vec()), NARROW);
        insta::assert_snapshot!(text, @r"
        run          tokens  output
        ────────────────────────────────────────
        a                 9  short
        much-longer    1234  an output that goe…
        ");
    }

    #[test]
    fn a_grid_without_rows_is_its_header() {
        insta::assert_snapshot!(grid(&["run", "output"], [], NARROW), @r"
        run  output
        ───────────
        ");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let rows = [["日本語", "x"], ["abc", "y"]].map(|row| row.map(str::to_owned).to_vec());
        insta::assert_snapshot!(grid(&["case", "is"], rows, NARROW), @r"
        case    is
        ──────────
        日本語  x
        abc     y
        ");
    }

    #[test]
    fn sentences_wrap_under_themselves() {
        let text = "fewer than thirty independent cases: treat this as exploratory, not as evidence";
        insta::assert_snapshot!(sentence("note", 6, text, NARROW), @r"
        note  fewer than thirty independent
              cases: treat this as exploratory,
              not as evidence
        ");
    }

    #[test]
    fn colour_changes_no_width() {
        let columns = || {
            vec![Column::left("a", [Cell::new("xx", Paint::Good), "y".into()]), Column::left("b", ["1", "2"])]
        };
        let painted = render(columns(), &[], Layout { color: true, ..NARROW });
        assert!(painted.contains("\u{1b}[32mxx\u{1b}[0m"));
        let bare = painted.replace("\u{1b}[32m", "").replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert_eq!(bare, render(columns(), &[], NARROW));
    }
}
