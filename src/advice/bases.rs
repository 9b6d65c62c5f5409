//! Base images that can stand for each other. What comes in is an image on a base; what
//! goes out is a smaller base for the same program, with the size that was published.
//!
//! Facts: docker-library/repo-info (sizes of python and node), the README of
//! GoogleContainerTools/distroless; both read in 2025. Sizes change with each tag.

use super::view::View;
use crate::units::Bytes;

/// A base, and what can stand for it.
pub struct Slim {
    /// What the full image is called, without its tag.
    pub name: &'static str,
    /// The variable that the image sets.
    pub env: &'static str,
    /// What the smaller one weighs on disk, as it was published; `None` if it was not.
    pub published: Option<Bytes>,
}

/// Official images that are built on a Debian with compilers, and have a `-slim`.
pub const SLIM: &[Slim] = &[
    Slim {
        name: "python",
        env: "PYTHON_VERSION",
        published: Some(Bytes(124_800_000)),
    },
    Slim {
        name: "node",
        env: "NODE_VERSION",
        published: Some(Bytes(227_300_000)),
    },
    Slim {
        name: "ruby",
        env: "RUBY_VERSION",
        published: None,
    },
];

/// What a program that needs no library can stand on: certificates, time zones, users.
pub const STATIC: Bytes = Bytes(2_100_000);

/// A Java run time by jlink of ten modules, as it was measured.
pub const JLINK: Bytes = Bytes(52_300_000);

impl View<'_> {
    /// What the layers of the base store, and what they are to download.
    pub fn base_weight(&self) -> (Bytes, Bytes) {
        let bodies = self.fs.bodies().map(|(_, body)| body);
        let bodies = bodies.filter(|body| body.layer < self.base);
        bodies.fold((Bytes::ZERO, Bytes::ZERO), |(size, download), body| {
            (size + body.size, download + body.transfer)
        })
    }

    /// What another base would save, if it has these bytes: the download in proportion.
    pub fn base_without(&self, rest: Bytes) -> Option<(Bytes, Bytes)> {
        let (size, download) = self.base_weight();
        let stored = Bytes(size.0.checked_sub(rest.0)?);
        let share = u128::from(download.0) * u128::from(stored.0) / u128::from(size.0.max(1));
        Some((stored, Bytes(u64::try_from(share).unwrap_or(u64::MAX))))
    }

    /// The one program that entrypoint and command start, if it is a file and no shell
    /// or script does.
    pub fn program(&self) -> Option<crate::rootfs::NodeId> {
        let config = &self.image.info.config;
        let first = config.entrypoint.iter().chain(&config.cmd).next()?;
        let folders = ["", "usr/local/bin/", "usr/bin/", "bin/", "go/bin/"];
        let mut paths = folders.iter().map(|folder| match first.starts_with('/') {
            true => first.clone(),
            false => format!("{folder}{first}"),
        });
        let in_work = format!("{}/{first}", config.working_dir);
        let found = paths.find_map(|path| self.fs.resolve(path));
        found.or_else(|| self.fs.resolve(in_work))
    }
}
