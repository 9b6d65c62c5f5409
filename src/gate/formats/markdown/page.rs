//! A page of limited length. What comes in is lines, tables and folds; what goes out is
//! no longer than a comment may be, and whole: what does not fit is left out by the row,
//! and counted.

/// Fewer than this: GitHub takes 65,536 characters, others are not said to take more.
pub(super) const MOST: usize = 65_000;

/// What is kept free for the last word.
const LAST: usize = 300;

/// What one row that counts the others takes at most, with the cells of its table.
const MORE: usize = 120;

/// A page in the making.
pub(super) struct Page {
    text: String,
    used: usize,
    most: usize,
    left_out: bool,
}

/// A cell of a table.
pub(super) struct Cell {
    text: String,
    /// A column of nothing else is left out.
    nothing: bool,
}

impl Cell {
    /// A cell that says something, unless it is empty.
    pub(super) fn new(text: impl Into<String>) -> Cell {
        let text = text.into();
        let nothing = text.is_empty();
        Cell { text, nothing }
    }

    /// A cell that says that there is nothing, where `nothing`.
    pub(super) fn unless(nothing: bool, text: impl Into<String>) -> Cell {
        let cell = Cell::new(text);
        Cell {
            nothing: nothing || cell.nothing,
            ..cell
        }
    }
}

/// A table: its heads, its rows, and how many there would be.
pub(super) struct Table<'a> {
    /// What stands over each column; those of numbers begin with `>`.
    pub(super) heads: &'a [&'a str],
    /// A cell for each head.
    pub(super) rows: Vec<Vec<Cell>>,
    /// How many there are, with those that are not in `rows`.
    pub(super) of: usize,
    /// What rows are: `limits`.
    pub(super) things: &'a str,
}

impl Page {
    /// An empty page.
    pub(super) fn new() -> Page {
        Page {
            text: String::new(),
            used: 0,
            most: MOST - LAST,
            left_out: false,
        }
    }

    /// Adds a block of text with a blank line behind it, if it fits.
    pub(super) fn block(&mut self, text: &str) -> bool {
        self.put(&format!("{text}\n\n"))
    }

    /// Adds a table, with as many rows as fit.
    pub(super) fn table(&mut self, table: Table) {
        let Table {
            heads,
            rows,
            of,
            things,
        } = table;
        let speaks = |column: usize| {
            rows.iter()
                .any(|row| row.get(column).is_some_and(|cell| !cell.nothing))
        };
        let columns: Vec<usize> = (0..heads.len()).filter(|&column| speaks(column)).collect();
        if columns.is_empty() {
            return;
        }
        let head = |column: &usize| heads[*column].trim_start_matches('>').to_owned();
        let rule = |column: &usize| {
            if heads[*column].starts_with('>') {
                "---:"
            } else {
                "---"
            }
        };
        let top = format!(
            "{}{}",
            line(columns.iter().map(head)),
            line(columns.iter().map(|column| rule(column).to_owned()))
        );
        let lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells = columns.iter().map(|&column| row.get(column));
                line(cells.map(|cell| cell.map(|cell| cell.text.clone()).unwrap_or_default()))
            })
            .collect();
        // No table of heads alone.
        let first = lines.first().map_or(0, |line| length(line));
        if self.room() < length(&top) + first + MORE || !self.put(&top) {
            self.left_out = true;
            return;
        }
        let mut shown = 0;
        for text in &lines {
            if self.room() < length(text) + MORE || !self.put(text) {
                break;
            }
            shown += 1;
        }
        if shown < of {
            self.put(&format!("\n… and {} more {things}\n", of - shown));
        }
        self.put("\n");
    }

    /// Adds what `inside` adds, folded behind `summary`; nothing where that is nothing.
    pub(super) fn fold(&mut self, summary: &str, inside: impl FnOnce(&mut Page)) {
        const END: &str = "</details>\n\n";
        let top = format!("<details><summary>{summary}</summary>\n\n");
        let frame = length(&top) + length(END);
        let mut page = Page {
            text: String::new(),
            used: 0,
            most: self.room().saturating_sub(frame),
            left_out: false,
        };
        inside(&mut page);
        self.left_out |= page.left_out;
        if !page.text.is_empty() {
            self.put(&format!("{top}{}{END}", page.text));
        }
    }

    /// How much still fits.
    pub(super) fn room(&self) -> usize {
        self.most.saturating_sub(self.used)
    }

    /// The page, which says if it is not all.
    pub(super) fn finish(mut self) -> String {
        if self.left_out {
            self.text.push_str(
                "_Not everything fits into a comment: the table and the JSON have it all._\n",
            );
        }
        format!("{}\n", self.text.trim_end())
    }

    fn put(&mut self, text: &str) -> bool {
        let length = length(text);
        if length > self.room() {
            self.left_out = true;
            return false;
        }
        self.text.push_str(text);
        self.used += length;
        true
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// As whoever counts most generously: a sign beyond the first plane is two.
fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
