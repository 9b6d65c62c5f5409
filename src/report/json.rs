//! The report as JSON: the contract that other tools read.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use super::{DeploymentReport, Format, Outline, PlatformsReport, Report, Style, Verification, Why};
use crate::path::acts_on_a_terminal;
use crate::trim::Outcome;

pub(super) const FORMAT: Format = Format {
    id: "json",
    write,
    write_platforms: Some(write_platforms),
    write_outline: Some(write_outline),
    write_why: Some(write_why),
    write_trim: Some(write_trim),
    write_verify: Some(write_verify),
    write_deployment: Some(write_deployment),
};

fn write(report: &Report, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    value(report, out)
}

fn write_platforms(
    report: &PlatformsReport,
    _style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    value(report, out)
}

fn write_outline(outline: &Outline, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    value(outline, out)
}

fn write_why(why: &Why, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    value(why, out)
}

fn write_trim(outcome: &Outcome, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    value(outcome, out)
}

fn write_verify(
    verification: &Verification,
    _style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    value(verification, out)
}

fn write_deployment(
    report: &DeploymentReport,
    _style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    value(report, out)
}

/// Any value as indented JSON that is safe to print: names are exact, and what a
/// terminal would act on is written as an escape.
pub(crate) fn value(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    let formatter = Safe(PrettyFormatter::new());
    value.serialize(&mut serde_json::Serializer::with_formatter(
        &mut out, formatter,
    ))?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Indented, with C1, DEL, bidirectional and zero-width characters escaped too.
struct Safe(PrettyFormatter<'static>);

macro_rules! as_before {
    ($($name:ident($($argument:ident: $kind:ty)?);)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $argument: $kind)?) -> io::Result<()> {
            self.0.$name(out $(, $argument)?)
        })*
    };
}

impl Formatter for Safe {
    as_before! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\u{7f}') {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| acts_on_a_terminal(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_nothing_acts_on_a_terminal() {
        let name = "a\u{1b}[2J\u{9b}\u{202e}\u{7f}\n文件\u{e0001}\"\\";
        let mut out = Vec::new();
        value(&[name], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            !text
                .trim()
                .replace('\n', "")
                .chars()
                .any(acts_on_a_terminal),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<[String; 1]>(&text).unwrap(), [name]);
    }
}
