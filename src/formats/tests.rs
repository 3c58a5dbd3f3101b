//! What every row of the table of formats keeps to, on every story and at every width.
use super::{FORMATS, Layout, grid, samples};

const WIDTHS: [usize; 6] = [40, 60, 80, 100, 120, 160];

fn each(check: impl Fn(&str, Layout, &str)) {
    for row in FORMATS.rows {
        for (report, decision) in samples::all() {
            for width in WIDTHS {
                let layout = Layout { width, color: false };
                check(row.name, layout, &row.make.format.report(&report, layout));
                check(row.name, layout, &row.make.format.decision(&decision, layout));
            }
        }
    }
}

#[test]
fn text_ends_with_one_newline_and_holds_nothing_raw() {
    each(|name, _, text| {
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}: {text}");
        assert!(!text.contains("NaN") && !text.contains("Some(") && !text.contains("None"), "{name}: {text}");
        let words = text.split(|c: char| !c.is_alphanumeric());
        assert_eq!(words.filter(|word| *word == "inf").count(), 0, "{name}: {text}");
        assert!(text.lines().all(|line| name == "csv" || line == line.trim_end()), "{name}: {text}");
        assert!(name == "csv" || !text.contains(|c: char| c.is_control() && c != '\n'), "{name}: {text}");
    });
}

#[test]
fn the_table_stays_within_its_width() {
    each(|name, layout, text| {
        for line in text.lines().filter(|_| name == "table") {
            assert!(grid::width(line) <= layout.width, "{} > {}: {line}", grid::width(line), layout.width);
        }
    });
}

#[test]
fn colour_only_adds() {
    for row in FORMATS.rows {
        for (report, decision) in samples::all() {
            let plain = Layout::default();
            let colored = Layout { color: true, ..plain };
            let bare = |text: String| {
                ["0", "1", "2", "31", "32", "33"]
                    .iter()
                    .fold(text, |t, c| t.replace(&format!("\u{1b}[{c}m"), ""))
            };
            let trimmed = |text: String| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            let format = row.make.format;
            let same = |colored: String, plain: String| {
                assert_eq!(trimmed(bare(colored)), trimmed(bare(plain)), "{}", row.name);
            };
            same(format.report(&report, colored), format.report(&report, plain));
            same(format.decision(&decision, colored), format.decision(&decision, plain));
        }
    }
}

#[test]
fn json_is_one_document_that_says_its_schema() {
    let json = FORMATS.find("json").unwrap().make.format;
    for (report, decision) in samples::all() {
        let document = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        assert_eq!(document(json.report(&report, Layout::default()))["schema"], "proto.compare/1");
        assert_eq!(document(json.decision(&decision, Layout::default()))["schema"], "proto.decision/1");
    }
}
