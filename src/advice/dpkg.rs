//! What dpkg says of packages, as far as advice goes by it. What comes in is its status;
//! what goes out is what the system itself needs, and what packages recommend.
//!
//! Facts: deb-control(5) (`Essential`, `Priority`, `Recommends`, `Provides`), dpkg-query(1) (`Status`).

use std::collections::{HashMap, HashSet};

use super::view::View;

/// What dpkg says of its packages, as far as advice goes by it.
#[derive(Default)]
pub struct Status {
    /// Those that the system itself needs.
    pub vital: HashSet<String>,
    /// By package: what it recommends; of each the names that will do.
    pub recommends: HashMap<String, Vec<Vec<String>>>,
    /// By a name that is no package's own: the installed packages that stand for it.
    pub provided: HashMap<String, Vec<String>>,
}

impl Status {
    fn enter(&mut self, paragraph: &str) {
        let field = |name: &str| {
            let mut values = paragraph.lines().filter_map(|line| {
                let (field, value) = line.split_once(':')?;
                field.eq_ignore_ascii_case(name).then(|| value.trim())
            });
            values.next()
        };
        let Some(name) = field("Package") else {
            return;
        };
        if field("Essential") == Some("yes") || field("Priority") == Some("required") {
            self.vital.insert(name.to_owned());
        }
        let is_installed = field("Status").is_some_and(|words| words.ends_with(" installed"));
        for provided in field("Provides")
            .filter(|_| is_installed)
            .into_iter()
            .flat_map(|l| l.split(','))
        {
            let by = self
                .provided
                .entry(name_of(provided).to_owned())
                .or_default();
            by.push(name.to_owned());
        }
        if let Some(list) = field("Recommends").filter(|_| is_installed) {
            let names = |need: &str| {
                need.split('|')
                    .map(|name| name_of(name).to_owned())
                    .collect()
            };
            let needs = list.split(',').map(names).collect();
            self.recommends.insert(name.to_owned(), needs);
        }
    }
}

impl View<'_> {
    /// What dpkg says; nothing where there is no dpkg.
    pub fn dpkg(&self) -> Status {
        let node = self.fs.resolve("var/lib/dpkg/status");
        let text = node.and_then(|node| self.fs.read(node)).unwrap_or_default();
        let mut status = Status::default();
        for paragraph in String::from_utf8_lossy(text).split("\n\n") {
            status.enter(paragraph);
        }
        status
    }
}

impl Status {
    /// The packages that a name may mean: the one that is called so, and those that
    /// stand for it.
    pub fn meant<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let provided = self.provided.get(name).into_iter().flatten();
        std::iter::once(name).chain(provided.map(String::as_str))
    }
}

/// The name in `name:any (>= 1.2)`.
fn name_of(relation: &str) -> &str {
    let relation = relation.trim();
    let end = relation.find([':', ' ', '(', '[', '<']);
    &relation[..end.unwrap_or(relation.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_another_s() {
        let mut status = Status::default();
        for paragraph in [
            "Package: openssh-client\nStatus: install ok installed\nProvides: ssh-client, x (= 1)",
            "Package: old\nStatus: deinstall ok config-files\nProvides: ssh-client",
            "Package: git\nStatus: install ok installed\nRecommends: less, a | ssh-client (>= 1)",
        ] {
            status.enter(paragraph);
        }
        let meant: Vec<&str> = status.meant("ssh-client").collect();
        assert_eq!(meant, ["ssh-client", "openssh-client"]);
        assert_eq!(
            status.recommends["git"],
            [vec!["less"], vec!["a", "ssh-client"]]
        );
        assert_eq!(status.meant("less").collect::<Vec<_>>(), ["less"]);
    }
}
