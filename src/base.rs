//! Which layers came with the base image. What comes in is the layers; what
//! goes out is a boundary and the evidence for it.

use crate::layer::{EntryKind, Layer};
use crate::rootfs::LayerNo;
use crate::source::Step;

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
    /// An earlier `CMD` in the history: each image ends with one. A guess: bases
    /// without one are not seen, and a base may go on behind its own.
    History,
    /// Nothing tells of a base.
    None,
}

impl Evidence {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::OsInFirstLayer => "os-in-first-layer",
            Evidence::History => "history",
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

/// Guesses the base from the history alone, where no layer has been read.
pub fn guess(steps: &[Step]) -> Base {
    let is_cmd = |step: &Step| {
        let text = step.created_by.trim();
        let text = text.strip_prefix("/bin/sh -c #(nop)").unwrap_or(text);
        !step.has_layer && text.trim_start().starts_with("CMD ")
    };
    // What stands behind the last layer is the image's own.
    let own = steps.iter().rposition(|step| step.has_layer).unwrap_or(0);
    let end = steps[..own.min(steps.len())].iter().rposition(is_cmd);
    let layers = end.map_or(0, |end| {
        steps[..end].iter().filter(|step| step.has_layer).count()
    });
    match LayerNo::try_from(layers) {
        Ok(layers) if layers > 0 => Base {
            layers,
            evidence: Evidence::History,
        },
        _ => Base {
            layers: 0,
            evidence: Evidence::None,
        },
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(steps: &[(&str, bool)]) -> LayerNo {
        let steps: Vec<Step> = steps
            .iter()
            .map(|&(created_by, has_layer)| Step {
                created_by: created_by.to_owned(),
                has_layer,
            })
            .collect();
        guess(&steps).layers
    }

    #[test]
    fn the_last_cmd_below_the_own_layers_ends_the_base() {
        let base = [
            ("ADD rootfs.tar /", true),
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", false),
            ("RUN make python", true),
            ("CMD [\"python3\"]", false),
        ];
        let own = [
            ("WORKDIR /app", true),
            ("COPY . .", true),
            ("CMD [\"x\"]", false),
        ];
        assert_eq!(layers(&[&base[..], &own].concat()), 2);
        assert_eq!(layers(&base), 1);
        assert_eq!(layers(&own), 0);
        assert_eq!(layers(&[]), 0);
        assert_eq!(layers(&[("CMD x", false)]), 0);
    }
}
