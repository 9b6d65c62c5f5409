//! What a jar is called: what Maven wrote into it, else what its file is called, with
//! the rest from its manifest.

use super::stem;
use crate::essence::{Named, Zip};

/// What an artifact is known by.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Coordinates {
    /// Empty where nobody says.
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
}

impl Coordinates {
    /// As Maven spells it.
    pub(super) fn name(&self) -> String {
        match &*self.group {
            "" => self.artifact.clone(),
            group => format!("{group}:{}", self.artifact),
        }
    }
}

impl From<&Named> for Coordinates {
    fn from(pom: &Named) -> Coordinates {
        Coordinates {
            group: pom.group.clone(),
            artifact: pom.name.clone(),
            version: pom.version.clone(),
        }
    }
}

/// The artifact that a file of this name is, and those that it holds besides.
pub(super) fn coordinates(
    zip: &Zip,
    name: &[u8],
    suffixes: &[&str],
) -> (Coordinates, Vec<Coordinates>) {
    let stem = stem(name, suffixes).unwrap_or(name);
    let stem = String::from_utf8_lossy(stem);
    let own = own_pom(zip, &stem);
    let others = zip.poms.iter().enumerate();
    let others = others
        .filter(|(no, _)| Some(*no) != own)
        .map(|(_, pom)| pom.into())
        .collect();
    let own = match own.and_then(|no| zip.poms.get(no)) {
        Some(pom) => pom.into(),
        None => by_name(zip, &stem),
    };
    (own, others)
}

/// Which of the artifacts in a jar is the jar itself: the only one, unless the file
/// has a name and a version of another; of several the one that it is named after.
fn own_pom(zip: &Zip, stem: &str) -> Option<usize> {
    let named = zip.poms.iter().enumerate();
    let named = named
        .filter(|(_, pom)| is_named_after(stem, pom))
        .max_by_key(|(_, pom)| pom.name.len())
        .map(|(no, _)| no);
    match zip.poms.len() {
        1 if split(stem).is_none() => Some(0),
        _ => named,
    }
}

/// `artifact`, `artifact-1.2.3`, `group.artifact-1.2.3`.
fn is_named_after(stem: &str, pom: &Named) -> bool {
    let below = stem.strip_prefix(&*pom.group);
    let below = below.and_then(|rest| rest.strip_prefix(['.', '-', '_', ':']));
    begins_with(below.unwrap_or(stem), &pom.name)
}

fn begins_with(stem: &str, name: &str) -> bool {
    stem.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
}

/// Where Maven wrote nothing. Titles in manifests are for people, so of an artifact's
/// name they tell nothing.
fn by_name(zip: &Zip, stem: &str) -> Coordinates {
    let says = |attributes: &[&str]| {
        let mut values = attributes.iter().filter_map(|key| zip.manifest.get(*key));
        values.next().cloned()
    };
    let group = says(&["Group-Id", "Implementation-Vendor-Id"])
        .filter(|group| group.contains('.') && !group.contains(char::is_whitespace));
    let bundle = says(&["Bundle-SymbolicName"]);
    let bundle = bundle.as_deref().and_then(|name| name.split(';').next());
    let bundle = bundle.map(str::trim);
    let bundle = bundle.filter(|name| !name.is_empty() && begins_with(stem, name));
    let (artifact, version) = match split(stem) {
        Some((artifact, version)) => (artifact, Some(version.to_owned())),
        None => (bundle.unwrap_or(stem), None),
    };
    let version = version.or_else(|| {
        says(&[
            "Implementation-Version",
            "Bundle-Version",
            "Plugin-Version",
            "Specification-Version",
        ])
    });
    Coordinates {
        group: group.unwrap_or_default(),
        artifact: artifact.to_owned(),
        version: version.unwrap_or_default(),
    }
}

/// `log4j-1.2-api-2.17.1` is `log4j-1.2-api` of version `2.17.1`: a version begins
/// behind the last dash before a number with a dot, else behind the first before a digit.
fn split(stem: &str) -> Option<(&str, &str)> {
    let starts = stem.match_indices('-').filter(|(at, _)| {
        let next = stem.as_bytes().get(at + 1);
        *at > 0 && next.is_some_and(u8::is_ascii_digit)
    });
    let (mut first, mut last) = (None, None);
    for (at, _) in starts {
        first = first.or(Some(at));
        let rest = stem[at + 1..].trim_start_matches(|char: char| char.is_ascii_digit());
        if rest.starts_with('.') {
            last = Some(at);
        }
    }
    let at = last.or(first)?;
    Some((&stem[..at], &stem[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pom(group: &str, name: &str, version: &str) -> Named {
        Named {
            group: group.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            packed: None,
        }
    }

    fn told(name: &str, poms: &[Named], manifest: &[(&str, &str)]) -> String {
        let manifest = manifest.iter();
        let zip = Zip {
            poms: poms.to_vec(),
            manifest: manifest
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            ..Zip::default()
        };
        let (own, others) = coordinates(&zip, name.as_bytes(), &[".jar"]);
        format!("{} {} +{}", own.name(), own.version, others.len())
    }

    #[test]
    fn a_version_begins_behind_a_dash() {
        for (stem, expected) in [
            ("commons-lang3-3.12.0", Some(("commons-lang3", "3.12.0"))),
            ("log4j-1.2-api-2.17.1", Some(("log4j-1.2-api", "2.17.1"))),
            ("guava-31.1-jre", Some(("guava", "31.1-jre"))),
            ("beta-4.13-beta-3", Some(("beta", "4.13-beta-3"))),
            ("kafka_2.13-3.6.0", Some(("kafka_2.13", "3.6.0"))),
            ("demo-2", Some(("demo", "2"))),
            ("guava-r09", None),
            ("jsr305", None),
            ("-1.0", None),
            ("ä-1.0-ö-2.", Some(("ä-1.0-ö", "2."))),
            ("", None),
        ] {
            assert_eq!(split(stem), expected, "{stem}");
        }
    }

    #[test]
    fn maven_knows_best() {
        let demo = pom("com.example", "demo", "0.1");
        let guava = pom("com.google.guava", "guava", "31.1-jre");
        let access = pom("com.google.guava", "guava-access", "1.0");
        assert_eq!(
            told("app.jar", std::slice::from_ref(&demo), &[]),
            "com.example:demo 0.1 +0"
        );
        // What was shaded into a jar is not that jar.
        let shaded = [guava.clone()];
        assert_eq!(told("shop-2.0.jar", &shaded, &[]), "shop 2.0 +1");
        let several = [guava, access, demo];
        for (name, expected) in [
            ("demo.jar", "com.example:demo 0.1 +2"),
            ("com.example.demo-0.1.jar", "com.example:demo 0.1 +2"),
            (
                "guava-access-1.0.jar",
                "com.google.guava:guava-access 1.0 +2",
            ),
            ("guava-31.1-jre.jar", "com.google.guava:guava 31.1-jre +2"),
            ("guavas.jar", "guavas  +3"),
        ] {
            assert_eq!(told(name, &several, &[]), expected);
        }
    }

    #[test]
    fn the_name_of_the_file_and_the_manifest_help_out() {
        let bundle = ("Bundle-SymbolicName", "org.osgi.core;singleton:=true");
        let manifest = [
            bundle,
            ("Bundle-Version", "3.1"),
            ("Implementation-Vendor-Id", "org.osgi"),
        ];
        assert_eq!(
            told("org.osgi.core_3.1.jar", &[], &manifest),
            "org.osgi:org.osgi.core 3.1 +0"
        );
        assert_eq!(told("core-3.2.jar", &[], &manifest), "org.osgi:core 3.2 +0");
        let vendor = [("Implementation-Vendor-Id", "The Vendor Inc.")];
        assert_eq!(told("core.jar", &[], &vendor), "core  +0");
    }
}
