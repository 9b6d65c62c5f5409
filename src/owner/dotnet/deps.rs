//! The list of what a program of .NET is made of. What comes in is the text of a
//! `*.deps.json`; what goes out is its libraries, with their files where a build or a
//! publication puts them: beside the list.
//!
//! Facts: dotnet/sdk, "Runtime Configuration Files"; dotnet/runtime, pull request
//! 118297 (where the host looks for the files of an app).

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

/// A library of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Library {
    pub(super) name: String,
    pub(super) version: String,
    /// `package`, `project`, `runtimepack`, `reference`.
    pub(super) kind: String,
    /// Its files, from the folder of the list.
    pub(super) files: Vec<String>,
    /// The places of those that it needs.
    pub(super) requires: Vec<usize>,
}

/// More libraries than this no program has.
const MOST: usize = 20_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deps {
    runtime_target: Option<Target>,
    #[serde(default)]
    targets: BTreeMap<String, BTreeMap<String, Parts>>,
    #[serde(default)]
    libraries: BTreeMap<String, Kind>,
}

/// The first lists gave only the name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Target {
    Named { name: String },
    Name(String),
}

#[derive(Deserialize, Default)]
struct Kind {
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
    #[serde(default)]
    runtime: BTreeMap<String, Asset>,
    #[serde(default)]
    native: BTreeMap<String, Asset>,
    #[serde(default)]
    resources: BTreeMap<String, Asset>,
    #[serde(default)]
    runtime_targets: BTreeMap<String, Asset>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    local_path: Option<String>,
}

/// Reads a list; what is wrong with it, for a person.
pub(super) fn libraries(text: &[u8]) -> Result<Vec<Library>, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut deps: Deps = serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("it cannot be read as a list of libraries: line {line}, column {column}")
    })?;
    let named = match deps.runtime_target.take() {
        Some(Target::Named { name } | Target::Name(name)) => deps.targets.remove(&name),
        None => None,
    };
    // A list without this name has one target.
    let target = named.or_else(|| deps.targets.into_values().next());
    let target = target.unwrap_or_default();
    if target.len() > MOST {
        return Err("it lists too many libraries".to_owned());
    }
    let mut libraries: Vec<Library> = Vec::new();
    let mut known = HashMap::new();
    for (key, parts) in &target {
        let (name, version) = key.split_once('/').unwrap_or((key, ""));
        let kind = deps.libraries.remove(key).unwrap_or_default().kind;
        let files = files(parts, &kind);
        // What only helped to compile is not there, and what only names others is.
        if name.is_empty() || files.is_empty() && parts.dependencies.is_empty() {
            continue;
        }
        // NuGet makes no difference between upper and lower case.
        known.insert(name.to_lowercase(), libraries.len());
        libraries.push(Library {
            name: name.to_owned(),
            version: version.to_owned(),
            kind,
            files,
            requires: Vec::new(),
        });
    }
    for (key, parts) in &target {
        let name = key.split('/').next().unwrap_or_default().to_lowercase();
        if let Some(&no) = known.get(&name) {
            let needed = parts.dependencies.keys();
            let needed = needed.filter_map(|name| known.get(&name.to_lowercase()));
            libraries[no].requires = needed.copied().collect();
        }
    }
    Ok(libraries)
}

/// Where the host looks for the files of a library.
fn files(parts: &Parts, kind: &str) -> Vec<String> {
    let is_placed = kind == "runtimepack";
    let groups = [
        (&parts.runtime, 1),
        (&parts.native, 1),
        // In a folder by the language.
        (&parts.resources, 2),
        (&parts.runtime_targets, usize::MAX),
    ];
    let assets = groups
        .into_iter()
        .flat_map(|(assets, kept)| assets.iter().map(move |(path, asset)| (path, asset, kept)));
    assets
        // An empty file that stands for none.
        .filter(|(path, ..)| !path.ends_with("/_._"))
        .map(|(path, asset, kept)| match &asset.local_path {
            Some(local) => local.clone(),
            None if is_placed => path.clone(),
            None => last_parts(path, kept).to_owned(),
        })
        .collect()
}

/// The last components of a path.
fn last_parts(path: &str, count: usize) -> &str {
    let mut slashes = path.rmatch_indices('/');
    let before = slashes.nth(count.saturating_sub(1));
    before.map_or(path, |(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_where_the_host_looks_for_them() {
        for (path, count, expected) in [
            ("lib/net8.0/A.dll", 1, "A.dll"),
            ("lib/net8.0/de/A.resources.dll", 2, "de/A.resources.dll"),
            ("de/A.resources.dll", 2, "de/A.resources.dll"),
            ("runtimes/x/a.so", usize::MAX, "runtimes/x/a.so"),
            ("A.dll", 1, "A.dll"),
            ("", 1, ""),
        ] {
            assert_eq!(last_parts(path, count), expected, "{path}");
        }
        let text = br#"{"targets": {"x": {"A/1": {
            "runtime": {"lib/_._": {}, "lib/b/A.dll": {"localPath": "sub/A.dll"}},
            "resources": {"lib/de/A.resources.dll": {"locale": "de"}}}}}}"#;
        let found = libraries(text).unwrap();
        assert_eq!(found[0].files, ["sub/A.dll", "de/A.resources.dll"]);
    }

    #[test]
    fn a_cut_list_is_an_error_and_no_panic() {
        let text = br#"{"runtimeTarget": {"name": "t"}, "targets": {"t": {"A/1":
            {"dependencies": {"a": "1", "B": "1"}, "runtime": {"A.dll": {}}}}},
            "libraries": {"A/1": {"type": "project"}}}"#;
        for end in 0..text.len() {
            assert!(libraries(&text[..end]).is_err(), "{end}");
        }
        assert_eq!(libraries(text).unwrap()[0].requires, [0]);
    }
}
