//! What holds of every comparison, and what one must show.

mod law;
mod shown;

use std::path::Path;

use super::*;
use crate::analysis::{Wishes, analyze};
use crate::report::Saving;
use crate::scan::How;
use crate::testkit::{Case, gzip, pair, touched};
use crate::units::Bytes;

fn report_of(case: &Case, pack: fn(&[u8]) -> Vec<u8>) -> Report {
    let image = case.image(pack);
    let mut wishes = Wishes::default();
    if let Some(base) = case.base {
        let mut info = image.info.clone();
        info.layers.truncate(base);
        wishes.base = Some(std::sync::Arc::new(crate::base::Known::of(&info)));
    }
    Report::new(&analyze(&image, &How::default(), &wishes, &|_| {}).unwrap())
}

fn case(text: &str) -> Case {
    Case::parse(text, Path::new("."))
}

fn cause(diff: &Diff, kind: CauseKind) -> &CauseRow {
    diff.causes.iter().find(|row| row.cause == kind).unwrap()
}

fn item<'d>(diff: &'d Diff, kind: CauseKind, name: &str) -> &'d ItemRow {
    let items = &cause(diff, kind).items;
    let found = items.iter().find(|item| item.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {items:#?}"))
}
