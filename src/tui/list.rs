//! Rows that can be moved through and folded. What comes in is a tree in its order and
//! what the user does; what goes out is which rows are seen and which one is meant. No
//! text is in here: a row is a number, and who made the tree knows what it says.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// Where the cursor is, and which row is drawn first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) at: usize,
    pub(crate) first: usize,
    /// How many rows there was room for when it was drawn last.
    pub(crate) room: usize,
}

/// A movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    By(isize),
    /// In parts of what is seen: 2 is a page.
    Halves(isize),
    Top,
    Bottom,
    To(usize),
}

impl Cursor {
    /// Moves among `len` rows, and stays among them.
    pub(crate) fn go(&mut self, step: Move, len: usize) {
        let last = len.saturating_sub(1);
        self.at = match step {
            Move::By(rows) => self.at.saturating_add_signed(rows),
            Move::Halves(halves) => {
                let half = (self.room / 2).max(1) as isize;
                self.at.saturating_add_signed(halves.saturating_mul(half))
            }
            Move::Top => 0,
            Move::Bottom => last,
            Move::To(row) => row,
        }
        .min(last);
        self.follow();
    }

    /// Scrolls without a need to move the cursor, unless it would leave the screen.
    pub(crate) fn scroll(&mut self, rows: isize, len: usize) {
        let most = len.saturating_sub(self.room);
        self.first = self.first.saturating_add_signed(rows).min(most);
        let last = (self.first + self.room).min(len).saturating_sub(1);
        self.at = self.at.clamp(self.first.min(last), last);
    }

    /// There is room for so many rows of so many: what is to be drawn.
    pub(crate) fn fit(&mut self, room: usize, len: usize) -> Range<usize> {
        self.room = room;
        self.at = self.at.min(len.saturating_sub(1));
        self.follow();
        self.first = self.first.min(len.saturating_sub(room));
        self.first..(self.first + room).min(len)
    }

    /// Puts the cursor's row first, if there are rows enough below it.
    pub(crate) fn raise(&mut self) {
        self.first = self.at;
    }

    /// Brings the cursor's row into view.
    fn follow(&mut self) {
        if self.at < self.first {
            self.first = self.at;
        } else if self.room > 0 && self.at >= self.first + self.room {
            self.first = self.at + 1 - self.room;
        }
    }
}

/// What to do with the row of the cursor, or with all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Open what is closed, close what is open.
    Toggle,
    /// Open, or go to what is inside.
    In,
    /// Close, or go to what it is in.
    Out,
    OpenAll,
    CloseAll,
}

/// What every list can do.
pub(crate) trait Rows {
    /// How many rows are seen, by those who scroll.
    fn len(&self) -> usize;
    fn cursor(&mut self) -> &mut Cursor;
    /// Folds; was there anything to fold?
    fn fold(&mut self, fold: Fold) -> bool;
}

/// One row of an [`Outline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Item<T> {
    /// What it stands for.
    pub(crate) what: T,
    /// How deep it is, from 0.
    pub(crate) depth: u16,
    /// How many of the items behind it are below it.
    pub(crate) below: u32,
    pub(crate) open: bool,
}

/// A tree of some thousand things, in its order.
#[derive(Debug, Clone)]
pub(crate) struct Outline<T> {
    items: Vec<Item<T>>,
    /// The items that are seen.
    seen: Vec<u32>,
    cursor: Cursor,
}

// Written out: nothing has to be a default of what the rows stand for.
impl<T> Default for Outline<T> {
    fn default() -> Outline<T> {
        Outline {
            items: Vec::new(),
            seen: Vec::new(),
            cursor: Cursor::default(),
        }
    }
}

impl<T: Copy + Eq + Hash> Outline<T> {
    /// A tree, parents before children: what, and how deep. What was open in `before`
    /// stays open, and the cursor stays where it is meant.
    pub(crate) fn rebuilt(
        before: &Outline<T>,
        rows: impl IntoIterator<Item = (T, u16)>,
        open: impl Fn(&T) -> bool,
    ) -> Outline<T> {
        let mut outline = Outline {
            items: Vec::new(),
            seen: Vec::new(),
            cursor: before.cursor,
        };
        let foldable = before.items.iter().filter(|item| item.below > 0);
        let known: HashMap<T, bool> = foldable.map(|item| (item.what, item.open)).collect();
        let mut above: Vec<usize> = Vec::new();
        for (what, depth) in rows {
            while above
                .last()
                .is_some_and(|&at| outline.items[at].depth >= depth)
            {
                above.pop();
            }
            for &at in &above {
                outline.items[at].below += 1;
            }
            above.push(outline.items.len());
            outline.items.push(Item {
                what,
                depth,
                below: 0,
                open: false,
            });
        }
        for at in 0..outline.items.len() {
            let item = &mut outline.items[at];
            if item.below > 0 {
                let known = known.get(&item.what);
                item.open = known.copied().unwrap_or_else(|| open(&item.what));
            }
        }
        let meant = before.selected().copied();
        outline.look();
        if let Some(what) = meant {
            outline.select(|other| *other == what);
        }
        outline
    }

    /// Finds out what is seen.
    fn look(&mut self) {
        self.seen.clear();
        let mut at = 0;
        while let Some(item) = self.items.get(at) {
            self.seen.push(at as u32);
            at += 1;
            if !item.open {
                at += item.below as usize;
            }
        }
        self.cursor.go(Move::By(0), self.seen.len());
    }

    /// The item of a row that is seen.
    pub(crate) fn row(&self, row: usize) -> Option<&Item<T>> {
        self.items.get(*self.seen.get(row)? as usize)
    }

    /// What the cursor is on.
    pub(crate) fn selected(&self) -> Option<&T> {
        self.row(self.cursor.at).map(|item| &item.what)
    }

    /// Every item, seen or not.
    pub(crate) fn items(&self) -> &[Item<T>] {
        &self.items
    }

    /// The item that the cursor is on, by its place among all.
    pub(crate) fn place(&self) -> usize {
        self.seen.get(self.cursor.at).map_or(0, |&at| at as usize)
    }

    /// Goes to an item by its place among all, and opens what it is in.
    pub(crate) fn reveal(&mut self, place: usize) {
        let Some(item) = self.items.get(place) else {
            return;
        };
        let mut depth = item.depth;
        for at in (0..place).rev() {
            if depth == 0 {
                break;
            }
            if self.items[at].depth < depth {
                depth = self.items[at].depth;
                self.items[at].open = true;
            }
        }
        self.look();
        let row = self.seen.partition_point(|&at| (at as usize) < place);
        self.cursor.go(Move::To(row), self.seen.len());
    }

    /// Goes to the first item that fits; was there one?
    pub(crate) fn select(&mut self, fits: impl Fn(&T) -> bool) -> bool {
        let place = self.items.iter().position(|item| fits(&item.what));
        if let Some(place) = place {
            self.reveal(place);
        }
        place.is_some()
    }

    /// Opens or closes an item by its place.
    fn set(&mut self, place: usize, open: bool) {
        if let Some(item) = self.items.get_mut(place) {
            item.open = open && item.below > 0;
            self.look();
        }
    }

    /// What an item is in, by its place.
    fn parent(&self, place: usize) -> Option<usize> {
        let depth = self.items.get(place)?.depth;
        (0..place).rev().find(|&at| self.items[at].depth < depth)
    }
}

impl<T: Copy + Eq + Hash> Rows for Outline<T> {
    fn len(&self) -> usize {
        self.seen.len()
    }

    fn cursor(&mut self) -> &mut Cursor {
        &mut self.cursor
    }

    fn fold(&mut self, fold: Fold) -> bool {
        let place = self.place();
        let Some(&item) = self.items.get(place) else {
            return false;
        };
        match fold {
            Fold::Toggle if item.below == 0 => return false,
            Fold::Toggle => self.set(place, !item.open),
            Fold::In if item.below == 0 => return false,
            Fold::In if item.open => self.cursor.go(Move::By(1), self.seen.len()),
            Fold::In => self.set(place, true),
            Fold::Out if item.open => self.set(place, false),
            Fold::Out => match self.parent(place) {
                Some(parent) => self.reveal(parent),
                None => return false,
            },
            Fold::OpenAll | Fold::CloseAll => {
                let open = fold == Fold::OpenAll;
                for item in &mut self.items {
                    item.open = open && item.below > 0;
                }
                self.look();
                // What the cursor was on may be inside something closed now.
                let row = self.seen.partition_point(|&at| at as usize <= place);
                self.cursor
                    .go(Move::To(row.saturating_sub(1)), self.seen.len());
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a(b(c) d) e
    fn outline() -> Outline<char> {
        let rows = [('a', 0), ('b', 1), ('c', 2), ('d', 1), ('e', 0)];
        Outline::rebuilt(&Outline::default(), rows, |_| false)
    }

    fn seen(outline: &Outline<char>) -> String {
        let rows = (0..outline.len()).filter_map(|row| outline.row(row));
        rows.map(|item| item.what).collect()
    }

    #[test]
    fn folding_shows_and_hides_what_is_below() {
        let mut outline = outline();
        assert_eq!(seen(&outline), "ae");
        assert!(outline.fold(Fold::In));
        assert_eq!(seen(&outline), "abde");
        outline.fold(Fold::OpenAll);
        assert_eq!(seen(&outline), "abcde");
        outline.select(|&what| what == 'c');
        assert!(outline.fold(Fold::Out));
        assert_eq!(outline.selected(), Some(&'b'));
        outline.fold(Fold::CloseAll);
        assert_eq!(
            (seen(&outline), outline.selected()),
            ("ae".into(), Some(&'a'))
        );
        outline.select(|&what| what == 'c');
        assert_eq!(seen(&outline), "abcde");
        assert!(!outline.fold(Fold::Toggle));
    }

    #[test]
    fn a_tree_built_anew_keeps_what_was_open_and_where_the_cursor_was() {
        let mut before = outline();
        before.select(|&what| what == 'd');
        let rows = [('e', 0), ('a', 0), ('d', 1), ('b', 1), ('c', 2)];
        let after = Outline::rebuilt(&before, rows, |_| false);
        assert_eq!(
            (seen(&after), after.selected()),
            ("eadb".into(), Some(&'d'))
        );
    }

    #[test]
    fn the_cursor_stays_among_the_rows_and_in_view() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.fit(10, 100), 0..10);
        cursor.go(Move::Halves(2), 100);
        assert_eq!((cursor.at, cursor.fit(10, 100)), (10, 1..11));
        cursor.go(Move::Bottom, 100);
        assert_eq!(cursor.fit(10, 100), 90..100);
        cursor.scroll(-50, 100);
        assert_eq!((cursor.at, cursor.first), (49, 40));
        cursor.go(Move::By(-1000), 100);
        assert_eq!((cursor.at, cursor.fit(10, 100)), (0, 0..10));
        assert_eq!((cursor.fit(5, 0), cursor.at), (0..0, 0));
        cursor.go(Move::Bottom, 0);
        cursor.scroll(3, 0);
        assert_eq!(cursor.at, 0);
    }
}
