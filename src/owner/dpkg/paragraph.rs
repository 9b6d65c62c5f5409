//! The paragraphs in which dpkg tells of packages. What comes in is a text of
//! them; what goes out is what each says, as far as it matters here.
//!
//! The facts come from deb-control(5) (fields, names; `Depends` and what is like it),
//! dpkg-query(1) (the three words of `Status`: what is wanted, whether it is in
//! order, what there is) and apt-mark(8) (`Auto-Installed`).

use crate::owner::system_package::Terms;

/// What a paragraph says of a package, as far as it matters here.
#[derive(Default)]
pub(super) struct Paragraph<'p> {
    pub(super) name: Option<&'p [u8]>,
    pub(super) status: Option<&'p [u8]>,
    pub(super) version: &'p [u8],
    pub(super) architecture: &'p [u8],
    pub(super) essential: &'p [u8],
    pub(super) priority: &'p [u8],
    pub(super) auto_installed: &'p [u8],
    depends: &'p [u8],
    pre_depends: &'p [u8],
    provides: &'p [u8],
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
        }
        let fields = [
            ("Version", &mut self.version),
            ("Architecture", &mut self.architecture),
            ("Essential", &mut self.essential),
            ("Priority", &mut self.priority),
            ("Auto-Installed", &mut self.auto_installed),
            ("Depends", &mut self.depends),
            ("Pre-Depends", &mut self.pre_depends),
            ("Provides", &mut self.provides),
        ];
        for (name, place) in fields {
            if is(name) {
                *place = value;
            }
        }
    }

    /// The name, if it is one: nothing that could lead to another folder.
    pub(super) fn package_name(&self) -> Option<&'p str> {
        let name = std::str::from_utf8(self.name?).ok()?;
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
        (!name.is_empty() && name.chars().all(is_sign)).then_some(name)
    }

    /// Does the system itself need it, whether somebody asked for it or not?
    pub(super) fn is_vital(&self) -> bool {
        self.essential == b"yes" || self.priority == b"required"
    }

    /// What is wanted, whether it is in order, what there is.
    pub(super) fn is_installed(&self) -> bool {
        let status = self.status.unwrap_or_default();
        status.rsplit(u8::is_ascii_whitespace).next() == Some(b"installed")
    }
}

impl<'p> Terms<'p> for Paragraph<'p> {
    fn name(&self) -> &'p [u8] {
        self.name.unwrap_or_default()
    }

    fn machine(&self) -> &'p [u8] {
        self.architecture
    }

    fn offers(&self) -> impl Iterator<Item = &'p [u8]> {
        self.provides.split(|&byte| byte == b',').map(name_of)
    }

    fn needs(&self) -> impl Iterator<Item = impl Iterator<Item = &'p [u8]>> {
        let fields = [self.pre_depends, self.depends].into_iter();
        let needs = fields.flat_map(|field| field.split(|&byte| byte == b','));
        needs.map(|need| need.split(|&byte| byte == b'|').map(name_of))
    }
}

/// The name in `name:any (>= 1.2)`.
fn name_of(relation: &[u8]) -> &[u8] {
    let relation = relation.trim_ascii();
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b":([<".contains(byte);
    let end = relation.iter().position(is_end).unwrap_or(relation.len());
    &relation[..end]
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
