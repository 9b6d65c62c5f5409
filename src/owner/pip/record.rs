//! Lists of installed files. What comes in is the text of a `RECORD` or of an
//! `installed-files.txt`; what goes out is the paths that it names.
//!
//! Facts: PyPA, "Recording installed projects", The RECORD file: CSV as Python's
//! `csv` module reads it, three fields a row.

use std::borrow::Cow;

/// The paths of a `RECORD`; a row that is none ends them with what is wrong.
pub(super) fn paths(record: &[u8]) -> impl Iterator<Item = Result<Cow<'_, [u8]>, String>> {
    let mut rest = record;
    let mut row = 0_u64;
    std::iter::from_fn(move || {
        while let [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] = rest {
            (rest, row) = (behind, row + 1);
        }
        if rest.is_empty() {
            return None;
        }
        row += 1;
        match path(rest) {
            Some((path, behind)) => {
                rest = behind;
                Some(Ok(path))
            }
            None => {
                rest = &[];
                Some(Err(format!("row {row} is no path, hash and size")))
            }
        }
    })
}

/// The first field of the first row, and what stands behind that row.
fn path(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let (path, rest) = field(text)?;
    let (_, rest) = field(rest.strip_prefix(b",")?)?;
    let (_, rest) = field(rest.strip_prefix(b",")?)?;
    let behind = match rest {
        [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] => behind,
        [] | [b'\r'] => &[],
        _ => return None,
    };
    (!path.is_empty()).then_some((path, behind))
}

/// The first field, and what stands behind it: a comma, a line's end or nothing.
fn field(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr3(b',', b'\r', b'\n', text);
        let (field, rest) = text.split_at(end.unwrap_or(text.len()));
        return Some((Cow::Borrowed(field), rest));
    };
    let mut field = Vec::new();
    loop {
        let (inside, behind) = rest.split_at(rest.iter().position(|&byte| byte == b'"')?);
        field.extend_from_slice(inside);
        match behind {
            // A doubled quote means the character itself.
            [_, b'"', behind @ ..] => {
                field.push(b'"');
                rest = behind;
            }
            [_, behind @ ..] => return Some((Cow::Owned(field), behind)),
            [] => return None,
        }
    }
}

/// The lines of a text file, trimmed, without the empty ones.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(record: &str) -> Vec<String> {
        paths(record.as_bytes())
            .map(|path| match path {
                Ok(path) => String::from_utf8_lossy(&path).into_owned(),
                Err(why) => format!("({why})"),
            })
            .collect()
    }

    #[test]
    fn quotes_commas_and_either_line_end_are_read() {
        let record = "a.py,sha256=x,12\r\n\"b, \"\"c\"\".py\",,\n\n../../../bin/a,sha256=y,3";
        assert_eq!(read(record), ["a.py", "b, \"c\".py", "../../../bin/a"]);
    }

    #[test]
    fn the_first_broken_row_ends_the_list() {
        for (broken, row) in [
            ("a,,\n<<<<<<< HEAD\nb,,\n", 2),
            ("a,,\n\nb,\n", 3),
            ("a,,\nb,,,\n", 2),
            ("a,,\n,,\n", 2),
            ("a,,\n\"b,,\n", 2),
            ("a,,\n\"b\"x,,\n", 2),
        ] {
            let expected = [
                "a".to_owned(),
                format!("(row {row} is no path, hash and size)"),
            ];
            assert_eq!(read(broken), expected);
        }
    }
}
