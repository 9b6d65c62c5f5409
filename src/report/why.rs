//! Why a package is there, and what would go with it. What comes in is a report and
//! a package's name; what goes out is a [`Why`].

use std::cmp::Reverse;
use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ImageRow, PackageRow, Report, SCHEMA};
use crate::needs::{Need, Needs};
use crate::owner::Category;
use crate::units::Bytes;

/// So many packages of one name are told of: each is searched the whole graph for.
const MOST_MEANT: usize = 100;

/// Why a package is in an image. All sizes are bytes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// The version of this document's shape.
    pub schema: u32,
    /// Which image this is about.
    pub image: ImageRow,
    /// What was asked for.
    pub name: String,
    /// Every installed package that is meant, most live bytes first; at least one, and
    /// at most a hundred.
    pub packages: Vec<WhyPackage>,
}

/// Why one package is there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WhyPackage {
    /// The package, as in the report.
    pub package: PackageRow,
    /// The instruction that stored most of it; null if the history does not tell.
    pub instruction: Option<String>,
    /// Who requires it directly.
    pub required_by: Vec<String>,
    /// The shortest ways to it from what was asked for by name, or from what nobody
    /// requires: one by each that requires it, shortest first. Each ends with the
    /// package itself.
    pub chains: Vec<Vec<String>>,
    /// What goes if it goes: itself, then what only it leads to, largest first.
    pub goes: Vec<Gone>,
    /// The sum of `goes`.
    pub frees: Sum,
    /// What does not work without it, directly or not; but no apps, as these can be
    /// changed.
    pub breaks: Vec<String>,
    /// What it would free if all of `breaks` went too, with all that only these lead to.
    pub frees_with_dependents: Sum,
}

/// A package that would go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Gone {
    /// `ecosystem:name@version`.
    pub name: String,
    /// Its live bytes.
    pub live: Bytes,
    /// Their download.
    pub download: Bytes,
}

/// What several packages take.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sum {
    /// How many.
    pub packages: usize,
    /// Their live bytes.
    pub live: Bytes,
    /// Their download.
    pub download: Bytes,
}

/// No package is called so.
#[derive(Debug, thiserror::Error)]
#[error("no package of the image is called `{name}`")]
pub struct NoSuchPackage {
    /// What was asked for.
    pub name: String,
    /// What it may have meant.
    pub similar: Vec<String>,
}

impl Why {
    /// Answers for `NAME`, `NAME@VERSION`, each with `ECOSYSTEM:` before it or not.
    pub fn new(report: &Report, name: &str) -> Result<Why, NoSuchPackage> {
        let installed: Vec<&PackageRow> =
            report.packages.iter().filter(|row| row.installed).collect();
        let full: Vec<String> = installed.iter().map(|row| row.full_name()).collect();
        let meant: Vec<usize> = (0..installed.len())
            .filter(|&no| installed[no].is_called(name))
            .take(MOST_MEANT)
            .collect();
        if meant.is_empty() {
            return Err(NoSuchPackage {
                name: name.to_owned(),
                similar: similar(&full, name),
            });
        }
        let by_name: HashMap<&str, usize> = full
            .iter()
            .enumerate()
            .map(|(no, name)| (name.as_str(), no))
            .collect();
        let need = |row: &&PackageRow| Need {
            requires: row
                .requires
                .iter()
                .filter_map(|name| by_name.get(name.as_str()).copied())
                .collect(),
            asked: row.asked == Some(true),
            is_app: row.category == Category::App,
        };
        let needs = Needs::new(&installed.iter().map(need).collect::<Vec<_>>());
        let answer = Answer {
            report,
            installed: &installed,
            full: &full,
            needs,
        };
        Ok(Why {
            schema: SCHEMA,
            image: report.image.clone(),
            name: name.to_owned(),
            packages: meant.into_iter().map(|no| answer.package(no)).collect(),
        })
    }
}

struct Answer<'r> {
    report: &'r Report,
    installed: &'r [&'r PackageRow],
    full: &'r [String],
    needs: Needs,
}

impl Answer<'_> {
    fn package(&self, no: usize) -> WhyPackage {
        let row = self.installed[no];
        let names = |numbers: Vec<usize>| -> Vec<String> {
            numbers
                .into_iter()
                .map(|no| self.full[no].clone())
                .collect()
        };
        let mut goes = self.needs.retained(no);
        goes[1..].sort_by_key(|&no| (Reverse(self.installed[no].live), no));
        let breaks = self.needs.all_dependents(no);
        let with_dependents = self.needs.retained_by(&[&breaks[..], &[no]].concat());
        let layer = row.layer.and_then(|layer| self.report.layers.get(layer));
        WhyPackage {
            package: row.clone(),
            instruction: layer.and_then(|layer| layer.created_by.clone()),
            required_by: names(self.needs.dependents(no)),
            chains: self.needs.chains(no).into_iter().map(names).collect(),
            frees: self.sum(&goes),
            goes: goes
                .into_iter()
                .map(|no| Gone {
                    name: self.full[no].clone(),
                    live: self.installed[no].live,
                    download: self.installed[no].download,
                })
                .collect(),
            frees_with_dependents: self.sum(&with_dependents),
            breaks: names(breaks),
        }
    }

    fn sum(&self, numbers: &[usize]) -> Sum {
        let rows = || numbers.iter().map(|&no| self.installed[no]);
        Sum {
            packages: numbers.len(),
            live: rows().map(|row| row.live).sum(),
            download: rows().map(|row| row.download).sum(),
        }
    }
}

impl PackageRow {
    /// `ecosystem:name@version`, as `lost.owner` and `requires` call it.
    pub fn full_name(&self) -> String {
        match self.version.as_str() {
            "" => format!("{}:{}", self.ecosystem, self.name),
            version => format!("{}:{}@{version}", self.ecosystem, self.name),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        let name = match name.split_once(':') {
            // A name may hold a colon itself: Maven's do.
            Some((ecosystem, name)) if ecosystem == self.ecosystem => name,
            _ => name,
        };
        let is_own = |name: &str| {
            let plain = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
            name == self.name || self.ecosystem == "pip" && plain(name) == plain(&self.name)
        };
        // The first letter may be the `@` of a scope.
        let at = name
            .char_indices()
            .skip(1)
            .filter(|&(_, c)| c == '@')
            .last();
        let versioned = at.map(|(at, _)| (&name[..at], &name[at + 1..]));
        is_own(name)
            || versioned.is_some_and(|(name, version)| is_own(name) && version == self.version)
    }
}

/// The first few names with that text in them.
fn similar(full: &[String], name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    if name.is_empty() {
        return Vec::new();
    }
    let is_similar = |full: &&String| full.to_lowercase().contains(&name);
    let mut similar: Vec<String> = full.iter().filter(is_similar).cloned().collect();
    similar.sort_by_key(|name| (name.len(), name.clone()));
    similar.truncate(5);
    similar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_is_similar_to_none() {
        let full = ["pip:idna@3.4".to_owned()];
        assert_eq!(similar(&full, "DNA"), full);
        assert!(similar(&full, " ").is_empty());
    }

    #[test]
    fn a_package_is_called_by_its_name_with_or_without_ecosystem_and_version() {
        let row = |ecosystem: &str, name: &str| PackageRow {
            ecosystem: ecosystem.to_owned(),
            name: name.to_owned(),
            version: "1.2".to_owned(),
            ..PackageRow::default()
        };
        let scoped = row("npm", "@babel/core");
        for name in [
            "@babel/core",
            "npm:@babel/core",
            "@babel/core@1.2",
            "npm:@babel/core@1.2",
        ] {
            assert!(scoped.is_called(name), "{name}");
        }
        for name in [
            "babel/core",
            "pip:@babel/core",
            "@babel/core@1.3",
            "@babel",
            "",
            "@",
            "é@",
        ] {
            assert!(!scoped.is_called(name), "{name}");
        }
        assert!(row("pip", "typing_extensions").is_called("Typing.Extensions"));
        assert!(row("java", "org.slf4j:slf4j-api").is_called("org.slf4j:slf4j-api@1.2"));
        assert!(row("java", "org.slf4j:slf4j-api").is_called("java:org.slf4j:slf4j-api"));
        assert!(!row("npm", "typing_extensions").is_called("typing-extensions"));
    }
}
