//! The operating system in the lowest layers: a base of one layer, at least; and
//! what it calls itself (os-release(5)).

use super::{Answer, Confidence, Evidence, Facts};
use crate::layer::{Candidate, Entry, EntryKind, Layer};
use crate::rootfs::LayerNo;

/// What only an operating system brings.
const OS_FILES: [&[u8]; 8] = [
    b"etc/os-release",
    b"usr/lib/os-release",
    b"etc/debian_version",
    b"etc/alpine-release",
    b"etc/redhat-release",
    b"lib/apk/db/installed",
    b"var/lib/dpkg/status",
    b"bin/busybox",
];

/// Either may be a link to the other.
const RELEASES: [&[u8]; 2] = [b"etc/os-release", b"usr/lib/os-release"];
/// Real ones have a few hundred bytes.
const LARGEST_RELEASE: u64 = 16 << 10;
/// What the -slim images of Debian are made by: what not to unpack.
const SLIM: &[u8] = b"etc/dpkg/dpkg.cfg.d/docker";

/// An operating system of some layer.
pub(super) struct Os {
    /// Which layer has it.
    pub(super) layer: LayerNo,
    pub(super) id: String,
    pub(super) version: String,
    /// `bookworm`
    pub(super) codename: String,
    /// In its own words, for people.
    pub(super) pretty: Option<String>,
    /// Was its documentation left out?
    pub(super) slim: bool,
}

/// How much of a file must be kept for [`super::find`].
pub fn wants(file: &Candidate<'_>) -> u64 {
    match RELEASES.contains(&file.path) {
        true => LARGEST_RELEASE,
        false => 0,
    }
}

/// The operating system of the lowest layer that has one.
pub(super) fn find(layers: &[impl AsRef<Layer>]) -> Option<Os> {
    let mut layers = layers.iter().map(AsRef::as_ref).enumerate();
    let (no, layer) = layers.find(|(_, layer)| has_os(layer))?;
    let release = release(layer).unwrap_or_default();
    let field = |name: &str| field(&release, name);
    Some(Os {
        layer: LayerNo::try_from(no).ok()?,
        id: field("ID").unwrap_or_default(),
        version: field("VERSION_ID").unwrap_or_default(),
        codename: field("VERSION_CODENAME").unwrap_or_default(),
        pretty: field("PRETTY_NAME").or_else(|| field("NAME")),
        slim: layer.entries.iter().any(|entry| layer.path(entry) == SLIM),
    })
}

/// The first layer, where an operating system is in it.
pub(super) fn answer(facts: &Facts<'_>) -> Option<Answer> {
    let is_first = facts.os.as_ref().is_some_and(|os| os.layer == 0);
    is_first.then_some(Answer {
        layers: 1,
        evidence: Evidence::OsInFirstLayer,
        confidence: Confidence::Low,
        title: None,
    })
}

fn has_os(layer: &Layer) -> bool {
    layer.entries.iter().any(|entry| {
        let path = layer.path(entry);
        entry.kind != EntryKind::Whiteout
            && (OS_FILES.contains(&path) || path.starts_with(b"var/lib/dpkg/status.d/"))
    })
}

fn release(layer: &Layer) -> Option<String> {
    let is_release = |entry: &Entry| RELEASES.contains(&layer.path(entry));
    let mut kept = layer.kept.iter();
    let (_, bytes) =
        kept.find(|(no, _)| layer.entries.get(**no as usize).is_some_and(is_release))?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// The value of a line, without its quotes.
fn field(release: &str, name: &str) -> Option<String> {
    const LONGEST: usize = 100;
    let value = release
        .lines()
        .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
    let value = value.trim_matches(['"', '\'']);
    let value: String = value.chars().take(LONGEST).collect();
    Some(value).filter(|value| !value.is_empty())
}
