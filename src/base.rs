//! Which layers came with the base image. What comes in is the layers; what
//! goes out is a boundary and the evidence for it.

use crate::layer::{EntryKind, Layer};
use crate::rootfs::LayerNo;

/// The boundary between the base image and what was built on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// How many layers, from the lowest, are the base's.
    pub layers: LayerNo,
    /// How that is known.
    pub evidence: Evidence,
}

/// How the base is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The first layer holds an operating system: its release file or its
    /// package database. A guess: a base image of several layers ends later.
    OsInFirstLayer,
    /// Nothing tells of a base.
    None,
}

impl Evidence {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::OsInFirstLayer => "os-in-first-layer",
            Evidence::None => "none",
        }
    }
}

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

/// Finds the base.
pub fn find(layers: &[impl AsRef<Layer>]) -> Base {
    let has_os = |layer: &Layer| {
        layer.entries.iter().any(|entry| {
            let path = layer.path(entry);
            entry.kind != EntryKind::Whiteout
                && (OS_FILES.contains(&path) || path.starts_with(b"var/lib/dpkg/status.d/"))
        })
    };
    match layers.first().map(AsRef::as_ref) {
        Some(first) if has_os(first) => Base {
            layers: 1,
            evidence: Evidence::OsInFirstLayer,
        },
        _ => Base {
            layers: 0,
            evidence: Evidence::None,
        },
    }
}
