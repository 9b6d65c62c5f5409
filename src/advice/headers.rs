//! What only compilers read. What comes in is packages of headers; what goes out is the
//! libraries that they are the headers of: programs load these when they run.

use std::collections::BTreeSet;

use super::packages::{is_dev, is_one_of};
use super::view::View;
use crate::owner::OwnerId;

/// Headers of compilers themselves: what they require is no library of a program.
const OF_COMPILERS: &[&str] = &[
    "libc6-dev",
    "libc-dev-bin",
    "linux-libc-dev",
    "libgcc-#-dev",
    "libstdc++-#-dev",
    "libgfortran-#-dev",
    "libobjc-#-dev",
    "musl-dev",
    "libc-dev",
    "glibc-devel",
    "libstdc++-devel",
    "gcc-#-dev",
    "llvm-#-dev",
    "libclang-#-dev",
    "libclang-common-#-dev",
];

impl View<'_> {
    /// The names of the libraries that `-dev` packages are the headers of.
    pub fn libraries_of(&self, tools: &[OwnerId]) -> Vec<String> {
        let owner = |id: &OwnerId| self.image.attribution.owner(*id);
        let devs = tools.iter().map(owner);
        let devs = devs.filter(|owner| is_dev(owner) && !is_one_of(&owner.name, OF_COMPILERS));
        let required: BTreeSet<OwnerId> =
            devs.flat_map(|dev| dev.requires.iter().copied()).collect();
        let has_library = |id: &OwnerId| {
            let mut names = self.owned(*id).iter().map(|&file| self.fs.name(file));
            names.any(|name| name.windows(3).any(|part| part == b".so"))
        };
        let libraries = required
            .iter()
            .filter(|id| !tools.contains(id) && has_library(id));
        libraries.map(|id| owner(id).name.clone()).collect()
    }

    /// Is there a compiler of C, whoever installed it?
    pub fn has_compiler(&self) -> bool {
        let names = [
            "gcc",
            "cc",
            "clang",
            "x86_64-linux-gnu-gcc",
            "aarch64-linux-gnu-gcc",
        ];
        let folders = ["usr/bin", "usr/local/bin"];
        let mut paths = folders
            .iter()
            .flat_map(|folder| names.map(|name| format!("{folder}/{name}")));
        paths.any(|path| self.fs.resolve(path).is_some())
    }
}
