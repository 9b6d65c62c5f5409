//! What dpkg says of packages, as far as advice goes by it. What comes in is its status;
//! what goes out is what the system itself needs, and what packages recommend.
//!
//! Facts: deb-control(5) (`Essential`, `Priority`, `Recommends`, `Provides`), dpkg-query(1) (`Status`).

use std::collections::{BTreeSet, HashMap, HashSet};

use super::view::View;
use crate::owner::{Asked, OwnerId};

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

    /// Added packages, installed with recommendations, that nothing which stays requires,
    /// but that a package which stays, or one of them, recommends.
    pub fn recommended(&self) -> Vec<OwnerId> {
        let graph = Graph::new(self);
        let named = graph.packages().filter(|&id| !graph.came_along(id));
        let required = graph.reach(named, false);
        let reached = graph.reach(required.iter().copied(), true);
        let only: BTreeSet<OwnerId> = reached.difference(&required).copied().collect();
        let with_wishes = |&id: &OwnerId| graph.was_asked_with_wishes(id);
        only.into_iter().filter(with_wishes).collect()
    }

    /// Added packages that apt installed for these and for nobody else: also those that
    /// only were recommended.
    pub fn came_with(&self, ids: &[OwnerId]) -> Vec<OwnerId> {
        let graph = Graph::new(self);
        let others = graph
            .packages()
            .filter(|&id| !graph.came_along(id) && !ids.contains(&id));
        let stays = graph.reach(others, true);
        let with = ids
            .iter()
            .copied()
            .filter(|&id| graph.was_asked_with_wishes(id));
        let came: BTreeSet<OwnerId> = graph.reach(with, true).into_iter().collect();
        came.into_iter()
            .filter(|&id| graph.came_along(id) && !stays.contains(&id))
            .filter(|&id| graph.was_asked_with_wishes(id))
            .collect()
    }
}

/// Who leads to whom.
struct Graph<'v, 'a> {
    view: &'v View<'a>,
    status: Status,
    by_name: HashMap<&'a str, OwnerId>,
    added: HashSet<OwnerId>,
}

impl<'v, 'a> Graph<'v, 'a> {
    fn new(view: &'v View<'a>) -> Graph<'v, 'a> {
        let packages = view.packages("dpkg");
        Graph {
            view,
            status: view.dpkg(),
            by_name: packages.map(|(id, owner)| (&*owner.name, id)).collect(),
            added: view.added_packages().iter().map(|&(id, _)| id).collect(),
        }
    }

    fn packages(&self) -> impl Iterator<Item = OwnerId> {
        self.by_name.values().copied()
    }

    /// Did nobody ask for it by its name?
    fn came_along(&self, id: OwnerId) -> bool {
        let owner = self.view.image.attribution.owner(id);
        self.added.contains(&id)
            && owner.asked == Asked::ForOthers
            && !self.status.vital.contains(&owner.name)
    }

    /// Was it installed with what is recommended?
    fn was_asked_with_wishes(&self, id: OwnerId) -> bool {
        let layer = self.view.image.attribution.owner(id).layer;
        layer.is_some_and(|layer| {
            let step = self.view.step(layer);
            step.is_none_or(|step| !step.text.contains("--no-install-recommends"))
        })
    }

    /// These, and what they require; with `wishes` what they recommend too.
    fn reach(&self, from: impl Iterator<Item = OwnerId>, wishes: bool) -> HashSet<OwnerId> {
        let mut open: Vec<OwnerId> = from.collect();
        let mut reached: HashSet<OwnerId> = open.iter().copied().collect();
        while let Some(id) = open.pop() {
            let owner = self.view.image.attribution.owner(id);
            let mut next = owner.requires.clone();
            let wished = self.status.recommends.get(&owner.name);
            for name in wished.into_iter().flatten().flatten().filter(|_| wishes) {
                let meant = self.status.meant(name);
                next.extend(meant.filter_map(|name| self.by_name.get(name)));
            }
            open.extend(next.into_iter().filter(|&id| reached.insert(id)));
        }
        reached
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
