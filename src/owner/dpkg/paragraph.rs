//! The paragraphs in which dpkg tells of packages. What comes in is a text of
//! them; what goes out is what each says, as far as it matters here.
//!
//! The facts come from deb-control(5) (fields, names) and dpkg-query(1) (the
//! three words of `Status`: what is wanted, whether it is in order, what there is).

/// What a paragraph says of a package, as far as it matters here.
#[derive(Default)]
pub(super) struct Paragraph<'p> {
    pub(super) name: Option<&'p [u8]>,
    pub(super) status: Option<&'p [u8]>,
    pub(super) version: &'p [u8],
    pub(super) architecture: &'p [u8],
}

impl<'p> Paragraph<'p> {
    fn enter(&mut self, line: &'p [u8]) {
        let colon = line.iter().position(|&byte| byte == b':');
        let Some((field, value)) = colon.and_then(|at| line.split_at_checked(at)) else {
            return;
        };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        // A line that goes on with the field before it starts with a space.
        let is = |name: &str| field.eq_ignore_ascii_case(name.as_bytes());
        if is("Package") {
            self.name = Some(value);
        } else if is("Status") {
            self.status = Some(value);
        } else if is("Version") {
            self.version = value;
        } else if is("Architecture") {
            self.architecture = value;
        }
    }

    /// The name, if it is one: nothing that could lead to another folder.
    pub(super) fn package_name(&self) -> Option<&'p str> {
        let name = std::str::from_utf8(self.name?).ok()?;
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
        (!name.is_empty() && name.chars().all(is_sign)).then_some(name)
    }

    /// What is wanted, whether it is in order, what there is.
    pub(super) fn is_installed(&self) -> bool {
        let status = self.status.unwrap_or_default();
        status.rsplit(u8::is_ascii_whitespace).next() == Some(b"installed")
    }
}

pub(super) fn paragraphs(text: &[u8]) -> impl Iterator<Item = Paragraph<'_>> {
    let mut lines = text.split(|&byte| byte == b'\n');
    std::iter::from_fn(move || {
        let mut paragraph: Option<Paragraph<'_>> = None;
        for line in lines.by_ref() {
            if !line.trim_ascii().is_empty() {
                paragraph.get_or_insert_default().enter(line);
            } else if paragraph.is_some() {
                break;
            }
        }
        paragraph
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::tests::differential::fixtures;

    #[test]
    fn paragraphs_that_nobody_here_wrote() {
        let Some((folder, expected)) = fixtures() else {
            return;
        };
        let mut count = 0;
        for (path, facts) in expected["pkgdb"].as_object().unwrap() {
            if !path.starts_with("pkgdb/dpkg-") {
                continue;
            }
            let text = std::fs::read(folder.join(path)).unwrap();
            let all = || paragraphs(&text);
            let said = serde_json::json!({
                "stanzas": all().count(),
                "packages": all().filter(|one| one.name.is_some()).count(),
                "installed": all().filter(Paragraph::is_installed).count(),
                "installed_size_kib": facts["installed_size_kib"],
            });
            assert_eq!(said, *facts, "{path}");
            count += 1;
        }
        assert_eq!(count, 11);
    }
}
