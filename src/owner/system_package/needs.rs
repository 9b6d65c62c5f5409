//! Who needs whom. What comes in is the names by which packages say what they offer
//! and what they need; what goes out is the place of each package that is needed.
//!
//! Versions are not compared: the package manager saw to it that they fit.

use std::collections::{HashMap, HashSet};

use crate::owner::Package;

/// How many needs are kept; a whole Debian has some 700,000.
const MOST_NEEDS: usize = 1_000_000;

/// What a package says of others.
pub(in crate::owner) trait Terms<'t> {
    /// What it is called.
    fn name(&self) -> &'t [u8];
    /// The machine that it is for: of two packages of one name, that for the same is meant.
    fn machine(&self) -> &'t [u8] {
        b""
    }
    /// The other names by which it can be needed.
    fn offers(&self) -> impl Iterator<Item = &'t [u8]>;
    /// What it needs: for each need the names that will do, the best one first.
    fn needs(&self) -> impl Iterator<Item = impl Iterator<Item = &'t [u8]>>;
}

/// Enters what packages need, each with its terms; false if that is too much.
pub(super) fn connect<'t>(packages: &mut [Package], terms: &[impl Terms<'t>]) -> bool {
    let offered = Offered::by(terms);
    let mut left = MOST_NEEDS;
    let mut own = HashSet::new();
    for (no, (package, terms)) in packages.iter_mut().zip(terms).enumerate() {
        own.clear();
        own.extend(terms.offers().chain([terms.name()]));
        for need in terms.needs() {
            let mut met_by = need.map(|name| match own.contains(name) {
                true => Some(no),
                false => offered.find(name, terms.machine()),
            });
            package.requires.extend(met_by.find_map(|place| place));
        }
        package.requires.sort_unstable();
        package.requires.dedup();
        package.requires.retain(|&needed| needed != no);
        match left.checked_sub(package.requires.len()) {
            Some(fewer) => left = fewer,
            None => {
                package.requires.clear();
                return false;
            }
        }
    }
    true
}

/// Who offers a name: for one machine, and for whichever. The first one counts, and
/// who is called so comes before who only offers it.
struct Offered<'t> {
    on_machine: HashMap<(&'t [u8], &'t [u8]), usize>,
    anywhere: HashMap<&'t [u8], usize>,
}

impl<'t> Offered<'t> {
    fn by(all: &[impl Terms<'t>]) -> Offered<'t> {
        let mut offered = Offered {
            on_machine: HashMap::new(),
            anywhere: HashMap::new(),
        };
        for (no, terms) in all.iter().enumerate() {
            offered.enter(terms.name(), terms.machine(), no);
        }
        for (no, terms) in all.iter().enumerate() {
            for name in terms.offers() {
                offered.enter(name, terms.machine(), no);
            }
        }
        offered
    }

    fn enter(&mut self, name: &'t [u8], machine: &'t [u8], no: usize) {
        if name.is_empty() {
            return;
        }
        self.anywhere.entry(name).or_insert(no);
        if !machine.is_empty() {
            self.on_machine.entry((name, machine)).or_insert(no);
        }
    }

    fn find(&self, name: &[u8], machine: &[u8]) -> Option<usize> {
        let same = self.on_machine.get(&(name, machine));
        same.or_else(|| self.anywhere.get(name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, machine, offers, needs: alternatives behind `|`.
    struct Said(&'static str, &'static str, &'static str, &'static str);

    impl Terms<'static> for Said {
        fn name(&self) -> &'static [u8] {
            self.0.as_bytes()
        }

        fn machine(&self) -> &'static [u8] {
            self.1.as_bytes()
        }

        fn offers(&self) -> impl Iterator<Item = &'static [u8]> {
            self.2.split_ascii_whitespace().map(str::as_bytes)
        }

        fn needs(&self) -> impl Iterator<Item = impl Iterator<Item = &'static [u8]>> {
            let needs = self.3.split_ascii_whitespace();
            needs.map(|need| need.split('|').map(str::as_bytes))
        }
    }

    fn requires(all: &[Said]) -> Vec<Vec<usize>> {
        let mut packages = vec![Package::default(); all.len()];
        assert!(connect(&mut packages, all));
        packages.into_iter().map(|one| one.requires).collect()
    }

    #[test]
    fn a_need_is_met_by_name_then_by_offer_and_never_by_itself() {
        let all = [
            Said("shell", "", "sh", "libc libc gone sh"),
            Said("libc", "", "loader", "shell"),
            Said("other", "", "sh libc", "sh|shell gone|libc loader"),
            Said("asks", "", "", "sh absent|other|shell"),
        ];
        assert_eq!(requires(&all), [vec![1], vec![0], vec![1], vec![0, 2]]);
    }

    #[test]
    fn of_two_machines_the_same_one_is_meant() {
        let all = [
            Said("libc", "arm64", "", ""),
            Said("libc", "amd64", "", ""),
            Said("tool", "amd64", "", "libc"),
            Said("script", "all", "", "libc"),
        ];
        assert_eq!(requires(&all)[2..], [vec![1], vec![0]]);
    }

    /// Each of very many needs all others, in very many ways.
    #[test]
    fn needs_are_bounded() {
        let names = (0..2_000).map(|no| format!("p{no}")).collect::<Vec<_>>();
        let needs: &'static str = String::leak(names.join(" "));
        let all: Vec<Said> = needs
            .split(' ')
            .map(|name| Said(name, "", "x", needs))
            .collect();
        let mut packages = vec![Package::default(); all.len()];
        assert!(!connect(&mut packages, &all));
        let kept: usize = packages.iter().map(|one| one.requires.len()).sum();
        assert!(kept <= MOST_NEEDS && kept > MOST_NEEDS / 2, "{kept}");
    }

    #[test]
    fn a_million_names_are_soon_looked_up() {
        let names: &'static str = String::leak("a b c ".repeat(400_000));
        let all = [
            Said("x", "", names, names),
            Said("y", "", names, names),
            Said("c", "", "", ""),
        ];
        assert_eq!(requires(&all), [vec![], vec![], Vec::<usize>::new()]);
    }
}
