//! The texts in archives that name packages.

use super::Named;

/// No name or version is longer; a longer one is cut.
const LONGEST: usize = 256;

/// What of a manifest is worth keeping.
const ATTRIBUTES: &[&str] = &[
    "Automatic-Module-Name",
    "Bundle-SymbolicName",
    "Bundle-Version",
    "Group-Id",
    "Implementation-Title",
    "Implementation-Vendor-Id",
    "Implementation-Version",
    "Main-Class",
    "Plugin-Version",
    "Short-Name",
    "Specification-Title",
    "Specification-Version",
    "Spring-Boot-Version",
    "Start-Class",
];

/// A text that is safe to keep: no control characters, and not long.
pub(super) fn clean(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(4 * LONGEST)];
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim().chars().filter(|char| !char.is_control());
    text.take(LONGEST).collect()
}

/// The main attributes of a manifest: up to an empty line. A line that begins with a
/// space goes on with the one before it.
pub(super) fn manifest(content: &[u8]) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, Vec<u8>)> = Vec::new();
    let mut is_kept = false;
    for line in lines(content) {
        match line {
            [] => break,
            [b' ', more @ ..] => {
                if let (true, Some((_, value))) = (is_kept, found.last_mut()) {
                    value.extend_from_slice(more);
                }
            }
            line => {
                let attribute = attribute(line);
                is_kept = attribute.is_some();
                found.extend(attribute.map(|(name, value)| (name, value.to_vec())));
            }
        }
    }
    let texts = found.into_iter().map(|(name, value)| (name, clean(&value)));
    texts.filter(|(_, value)| !value.is_empty()).collect()
}

fn attribute(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let named = |name: &&&str| name.as_bytes().eq_ignore_ascii_case(&line[..colon]);
    Some((ATTRIBUTES.iter().find(named)?, &line[colon + 1..]))
}

/// The lines of a text, whichever of the three ways they end.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(content);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.iter().position(|byte| b"\r\n".contains(byte));
        rest = end.map(|end| match &text[end..] {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        });
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// What `pom.properties` says of an artifact of Maven.
pub(super) fn properties(content: &[u8]) -> Option<Named> {
    let mut named = Named::default();
    for line in lines(content) {
        let Some(at) = line.iter().position(|byte| b"=:".contains(byte)) else {
            continue;
        };
        let text = match line[..at].trim_ascii() {
            b"groupId" => &mut named.group,
            b"artifactId" => &mut named.name,
            b"version" => &mut named.version,
            _ => continue,
        };
        *text = clean(&line[at + 1..]);
    }
    (!named.name.is_empty()).then_some(named)
}

/// What the core metadata of Python says: headers up to an empty line.
pub(super) fn metadata(content: &[u8]) -> Option<Named> {
    let mut named = Named::default();
    for line in lines(content).take_while(|line| !line.is_empty()) {
        let Some(at) = line.iter().position(|&byte| byte == b':') else {
            continue;
        };
        let text = match &line[..at] {
            b"Name" => &mut named.name,
            b"Version" => &mut named.version,
            _ => continue,
        };
        *text = clean(&line[at + 1..]);
    }
    (!named.name.is_empty()).then_some(named)
}

/// What a package of npm says of itself.
pub(super) fn package_json(content: &[u8]) -> Option<Named> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        name: String,
        #[serde(default)]
        version: String,
    }
    let manifest: Manifest = serde_json::from_slice(content).ok()?;
    let named = Named {
        name: clean(manifest.name.as_bytes()),
        version: clean(manifest.version.as_bytes()),
        ..Named::default()
    };
    (!named.name.is_empty()).then_some(named)
}
