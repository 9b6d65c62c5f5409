//! What a package says of itself. What comes in is the text of a `package.json`; what
//! goes out is its name, its version and the names of the packages that it needs.
//!
//! Facts: docs.npmjs.com, "package.json": `dependencies`, `optionalDependencies`,
//! `peerDependencies`, `devDependencies`.

use serde_json::{Map, Value};

/// How many names of one manifest are read; the largest real ones have some hundred.
const MOST_NAMES: usize = 10_000;

/// A `package.json`, as far as it matters here.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// `None` where it is absent or no text.
    pub(super) name: Option<String>,
    /// `None` where it is absent or no text.
    pub(super) version: Option<String>,
    /// What it needs to run.
    pub(super) needs: Vec<String>,
    /// What its author needs to work on it.
    pub(super) needs_in_development: Vec<String>,
}

pub(super) fn read(text: &[u8]) -> Result<Manifest, String> {
    // Old manifests hold other encodings and byte order marks, and npm reads them.
    let text = String::from_utf8_lossy(text);
    let manifest: Map<String, Value> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it cannot be read as a JSON object: line {line}, column {column}")
        })?;
    let text = |key| match manifest.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let names = |keys: &[&str]| -> Vec<String> {
        let fields = keys
            .iter()
            .filter_map(|key| manifest.get(*key)?.as_object());
        let names = fields.flat_map(Map::keys).take(MOST_NAMES);
        names.cloned().collect()
    };
    Ok(Manifest {
        name: text("name"),
        version: text("version"),
        needs: names(&["dependencies", "optionalDependencies", "peerDependencies"]),
        needs_in_development: names(&["devDependencies"]),
    })
}
