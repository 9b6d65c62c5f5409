//! What a file holds. What comes in is the beginning of a content; what goes out is its
//! text, or its bytes. Only what is seen is made into lines.

mod content;
mod lines;

use imgsize::rootfs::BodyId;
use imgsize::units::{Bytes, Units};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::app::{Setup, scrolled};
use super::keys::{Action, Keymap};
use super::screen::framed;
use super::text::{cut_front, width, wrap};
use super::theme::{Role, Theme};
use super::view::{Cx, Effect};

use content::Read;
pub(crate) use content::{Content, read};

/// How many columns a step to the side is.
const ASIDE: usize = 8;

/// The viewer.
#[derive(Debug)]
pub(crate) struct Contents {
    body: BodyId,
    /// The path that it has or had; safe.
    path: String,
    /// The layer that stores it.
    layer: u16,
    /// The layer in which it was lost.
    lost: Option<u16>,
    size: Bytes,
    /// `None` while it is being read.
    content: Option<Content>,
    /// Bytes and not text.
    as_bytes: bool,
    /// The first row that is seen, and the first column.
    first: usize,
    aside: usize,
    /// How many rows there was room for when it was drawn last.
    room: usize,
    /// How many bytes a row showed then.
    per_row: usize,
}

impl Contents {
    pub(crate) fn new(id: BodyId, cx: &Cx<'_>) -> Contents {
        let fs = cx.model.fs();
        let body = fs.body(id);
        let path = super::text::safe(fs.path(body.node).as_bytes());
        Contents {
            body: id,
            path: format!("/{path}"),
            layer: body.layer,
            lost: body.lost.map(|loss| loss.layer),
            size: body.size,
            content: None,
            as_bytes: false,
            first: 0,
            aside: 0,
            room: 0,
            per_row: 16,
        }
    }

    pub(crate) fn arrived(&mut self, content: Content) {
        if content.body == self.body {
            self.as_bytes = content.read.as_ref().is_ok_and(|read| !read.is_text());
            self.content = Some(content);
        }
    }

    fn read(&self) -> Option<&Read> {
        self.content.as_ref()?.read.as_ref().ok()
    }

    /// Does what a key means; what is to be done beside that, if anything.
    pub(crate) fn act(&mut self, action: Action) -> Option<Effect> {
        match action {
            Action::Tick | Action::Fold => self.turn(),
            Action::Left => self.aside = self.aside.saturating_sub(ASIDE),
            Action::Right => {
                let widest = self.read().map_or(0, |read| read.widest);
                if !self.as_bytes && self.aside + ASIDE < widest {
                    self.aside += ASIDE;
                }
            }
            Action::CopyPath => return Some(Effect::Copy(self.path.clone())),
            Action::Extract => return Some(Effect::ExtractBody(self.body)),
            _ => {
                let most = self.rows().saturating_sub(self.room);
                self.first = scrolled(self.first, action, most, self.room);
            }
        }
        None
    }

    /// Text becomes bytes, or bytes text; what was seen first stays so.
    fn turn(&mut self) {
        let Some(read) = self.read() else { return };
        let per_row = self.per_row.max(1);
        let first = match self.as_bytes {
            true => read.line_at(self.first * per_row),
            false => read.start_of(self.first) / per_row,
        };
        self.first = first;
        self.as_bytes = !self.as_bytes;
        self.aside = 0;
    }

    /// How many rows there are; one more if there is more than was read.
    fn rows(&self) -> usize {
        let Some(read) = self.read() else { return 0 };
        let rows = match self.as_bytes {
            true => read.bytes.len().div_ceil(self.per_row.max(1)),
            false => read.lines(),
        };
        rows + usize::from(self.is_cut())
    }

    fn is_cut(&self) -> bool {
        self.read()
            .is_some_and(|read| (read.bytes.len() as u64) < self.size.0)
    }

    pub(crate) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, setup: &Setup) {
        let theme = &setup.theme;
        let title = self.title(
            usize::from(area.width).saturating_sub(4),
            setup.units,
            theme,
        );
        let inside = framed(frame, area, &title, theme);
        let columns = usize::from(inside.width);
        self.room = usize::from(inside.height);
        self.fit(columns);
        let more = theme.glyph("…", "...");
        let lines = match &self.content {
            None => said(
                &format!("reading layer {} {more}", self.layer),
                columns,
                theme,
            ),
            Some(Content { read: Err(why), .. }) => said(why, columns, theme),
            Some(Content { read: Ok(read), .. }) if read.bytes.is_empty() => {
                said("The file is empty.", columns, theme)
            }
            Some(Content { read: Ok(read), .. }) => self.seen(read, columns, setup),
        };
        frame.render_widget(Paragraph::new(lines), inside);
    }

    /// The rows are as wide as there is room; what was seen first stays so.
    fn fit(&mut self, columns: usize) {
        let per_row = lines::per_row(columns);
        if self.as_bytes && per_row != self.per_row {
            self.first = self.first * self.per_row / per_row;
        }
        self.per_row = per_row;
        self.first = self.first.min(self.rows().saturating_sub(self.room));
    }

    /// The path, and what is known of the content; of a long path its end.
    fn title(&self, columns: usize, units: Units, theme: &Theme) -> String {
        let mut about = self.size.show(units);
        if let Some(read) = self.read() {
            about = format!("{about}, {}", read.what());
            if self.as_bytes && read.is_text() {
                about.push_str(", as bytes");
            } else if !self.as_bytes && !read.is_text() {
                about.push_str(", as text");
            }
        }
        if let Some(layer) = self.lost {
            about = format!("{about}, lost in layer {layer}");
        }
        let room = columns.saturating_sub(width(&about) + 2);
        let path = cut_front(&self.path, room, theme.glyph("…", "~"));
        format!("{path}  {about}")
    }

    fn seen(&self, read: &Read, columns: usize, setup: &Setup) -> Vec<Line<'static>> {
        let theme = &setup.theme;
        let rows = self.first..(self.first + self.room).min(self.rows());
        let last = self.rows().saturating_sub(1);
        rows.map(|row| match row {
            _ if row == last && self.is_cut() => {
                self.cut_mark(read, setup.units, &setup.keys, theme)
            }
            _ if self.as_bytes => {
                let start = row * self.per_row;
                let end = (start + self.per_row).min(read.bytes.len());
                let bytes = read.bytes.get(start..end).unwrap_or_default();
                lines::bytes(start, bytes, self.per_row, theme)
            }
            _ => {
                let text = lines::text(read.line(row), self.aside, columns);
                Line::from(Span::styled(text, theme.style(Role::Text)))
            }
        })
        .collect()
    }

    /// What stands below the last row that was read.
    fn cut_mark(&self, read: &Read, units: Units, keys: &Keymap, theme: &Theme) -> Line<'static> {
        let more = theme.glyph("…", "...");
        let part = Bytes(read.bytes.len() as u64).show(units);
        let (size, key) = (self.size.show(units), keys.key(Action::Extract));
        let text = format!("{more} the first {part} of {size}; {key} writes all of it to disk");
        Line::from(Span::styled(text, theme.style(Role::Dim)))
    }
}

fn said(text: &str, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = wrap(text, columns).into_iter();
    let style = theme.style(Role::Text);
    lines
        .map(|line| Line::from(Span::styled(line, style)))
        .collect()
}
