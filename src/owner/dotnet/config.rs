//! Which frameworks a program runs on. What comes in is its `*.runtimeconfig.json`;
//! what goes out is the frameworks that it asks for, and which of those that are
//! installed the host takes.
//!
//! Facts: dotnet/sdk, "Runtime Configuration Files"; learn.microsoft.com, "Select which
//! .NET version to use", Framework-dependent apps roll forward.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    runtime_options: Options,
}

#[derive(Deserialize)]
struct Options {
    framework: Option<Asked>,
    #[serde(default)]
    frameworks: Vec<Asked>,
}

/// A framework that a program asks for.
#[derive(Deserialize)]
pub(super) struct Asked {
    name: String,
    #[serde(default)]
    version: String,
}

/// More than this no program asks for.
const MOST: usize = 10;

/// None for what cannot be read: the host could not either, and no byte is lost by it.
pub(super) fn asked(text: &[u8]) -> Vec<Asked> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let config = serde_json::from_slice(text).map(|config: Config| config.runtime_options);
    let asked = config.map(|options| options.framework.into_iter().chain(options.frameworks));
    asked.into_iter().flatten().take(MOST).collect()
}

/// The frameworks that are installed: name, major and minor version, patches from the
/// newest; and the place of each.
#[derive(Default)]
pub(super) struct Frameworks(BTreeMap<(String, u64, u64, Reverse<u64>), usize>);

impl Frameworks {
    pub(super) fn add(&mut self, name: &str, version: &str, place: usize) {
        let [major, minor, patch] = numbers(version);
        let key = (name.to_owned(), major, minor, Reverse(patch));
        self.0.entry(key).or_insert(place);
    }

    /// The place of the one that the host takes: the same major version, then the
    /// nearest minor one that is not older, of that the newest patch.
    pub(super) fn taken(&self, asked: &Asked) -> Option<usize> {
        let [major, minor, patch] = numbers(&asked.version);
        let newest = |minor| {
            let from = (asked.name.clone(), major, minor, Reverse(u64::MAX));
            let (found, &place) = self.0.range(from..).next()?;
            (found.0 == asked.name && found.1 == major).then_some((found, place))
        };
        let ((_, _, found, Reverse(newest_patch)), place) = newest(minor)?;
        match *found == minor && *newest_patch < patch {
            true => newest(minor.checked_add(1)?).map(|(_, place)| place),
            false => Some(place),
        }
    }
}

/// Major, minor, patch.
fn numbers(version: &str) -> [u64; 3] {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let mut parts = release.split('.');
    [(); 3].map(|()| parts.next().and_then(|part| part.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_takes_the_nearest_minor_and_its_newest_patch() {
        let installed = ["6.0.9", "8.0.1", "8.0.11", "8.0.2-rc.1", "8.2.0", "9.0.0"];
        let mut frameworks = Frameworks::default();
        for (place, version) in installed.iter().enumerate() {
            frameworks.add("A", version, place);
            frameworks.add("B", "8.1.5", place);
        }
        for (version, expected) in [
            ("8.0.0", Some("8.0.11")),
            ("8.0.12", Some("8.2.0")),
            ("8.1.0", Some("8.2.0")),
            ("8.3.0", None),
            ("7.0.0", None),
            ("9.0.0-preview.1", Some("9.0.0")),
            ("", None),
        ] {
            let text = format!(
                r#"{{"runtimeOptions": {{"framework": {{"name": "A", "version": "{version}"}}}}}}"#
            );
            let asked = asked(text.as_bytes());
            let found = frameworks.taken(&asked[0]).map(|place| installed[place]);
            assert_eq!(found, expected, "{version}");
        }
        assert!(asked(b"{}").is_empty() && asked(b"").is_empty());
    }
}
