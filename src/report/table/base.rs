//! The base image in one line, or in two where one is too narrow.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use super::grid::shortened;
use crate::base::Evidence;
use crate::path::brief;
use crate::report::{BaseRow, Style};
use crate::units::Bytes;

/// `base: python:3.11-slim, layers 0-3, 124.8 MB (history, medium)`; `size` is that
/// of its layers.
pub(super) fn write(
    base: &BaseRow,
    size: Bytes,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (what, how) = (what(base, &size.show(style.units)), how(base));
    let whole = format!("{what} {how}");
    if whole.width() <= style.width {
        return writeln!(out, "{whole}");
    }
    writeln!(out, "{}", shortened(&what, style.width))?;
    writeln!(out, "{}", shortened(&how, style.width))
}

fn what(base: &BaseRow, size: &str) -> String {
    let (name, os) = (base.name.as_deref(), base.os.as_deref());
    let title = match (name, os) {
        (Some(name), Some(os)) => format!("{} on {}", brief(name), brief(os)),
        (None, Some(name)) | (Some(name), None) => brief(name),
        (None, None) => "of unknown name".to_owned(),
    };
    let layers = match base.layers {
        1 => "layer 0".to_owned(),
        count => format!("layers 0-{}", count.saturating_sub(1)),
    };
    format!("base: {title}, {layers}, {size}")
}

/// Which evidence decided, and how sure it is.
fn how(base: &BaseRow) -> String {
    let named_by = base.name_evidence.as_ref();
    let named_by = named_by.filter(|by| **by != base.evidence);
    let evidence = match base.evidence.as_str() {
        evidence if evidence == Evidence::OsInFirstLayer.name() => "OS in first layer",
        evidence => evidence,
    };
    let sure = &base.confidence;
    match named_by {
        Some(by) => format!("(name by {by}, layers by {evidence}, {sure})"),
        None => format!("({evidence}, {sure})"),
    }
}
