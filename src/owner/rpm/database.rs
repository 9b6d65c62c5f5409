//! Reads an rpm database: what comes in is the bytes of `rpmdb.sqlite` (with its write-ahead log,
//! where there is one), of `Packages.db` or of a Berkeley DB `Packages`. What goes out is the installed
//! packages, each with the files that it lists.

use std::fmt;

use super::super::system_package::MOST_PACKAGES;
use super::{bdb, header, ndb, sqlite};

/// One installed package.
///
/// The keys that `rpm --import` stores as packages named `gpg-pubkey` are among them, as they are
/// for `rpm -qa`; they have no architecture and no files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// Its name.
    pub(super) name: String,
    /// The version that its authors gave it.
    pub(super) version: String,
    /// The release that its packager gave it.
    pub(super) release: String,
    /// What comes before the version in comparisons; most packages have none.
    pub(super) epoch: Option<u32>,
    /// The architecture, as `x86_64` or `noarch`; empty where the package says none.
    pub(super) arch: String,
    /// The installed size that the package claims: hard links counted once, ghosts counted too.
    pub(super) size: u64,
    /// What it lists, folders and links included, whether installed or not.
    pub(super) files: Vec<ListedFile>,
    /// What it needs: names without versions, repeated where a name is needed in two ways.
    pub(super) requires: Vec<String>,
    /// What it offers: names without versions, its own name among them.
    pub(super) provides: Vec<String>,
}

/// A path that a package lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedFile {
    /// The absolute path. Hard links are listed one by one.
    pub(super) path: Vec<u8>,
    /// The size it had in the package; each of several hard links has the full size.
    pub(super) size: u64,
    /// The Unix mode with the bits for the kind of file.
    pub(super) mode: u16,
    /// Owned if it is there, but never part of the package (`%ghost`).
    pub(super) ghost: bool,
}

/// Why a database could not be read, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// How many files and names all packages together may list: a full desktop has half a million. It
/// keeps the memory of a hostile database within bounds.
const MOST_LISTED: usize = 4_000_000;

/// What a database holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Every package that could be read.
    pub(super) installed: Vec<Installed>,
    /// The first thing that could not.
    pub(super) damage: Option<Malformed>,
}

/// Reads every package of a database, which kind of database is told by its first bytes.
///
/// `wal` is the content of the file named like the database with `-wal` behind; it matters to
/// `SQLite` alone, whose newest changes may stand there and nowhere else.
pub(super) fn read(database: &[u8], wal: Option<&[u8]>) -> Contents {
    let mut contents = Contents::default();
    let mut listed = 0;
    let mut take = |blob: &[u8]| -> Result<(), Malformed> {
        match header::read(blob) {
            Ok(package) => {
                listed += package.files.len() + package.requires.len() + package.provides.len();
                if listed > MOST_LISTED {
                    return Err(malformed("its packages list millions of files and names"));
                }
                if contents.installed.len() >= MOST_PACKAGES {
                    return Err(malformed(
                        "it has more packages than imgsize reads (100,000)",
                    ));
                }
                contents.installed.push(package);
            }
            Err(damage) => _ = contents.damage.get_or_insert(damage),
        }
        Ok(())
    };
    let end = if database.starts_with(sqlite::MAGIC) {
        sqlite::headers(database, wal, &mut take)
    } else if database.starts_with(ndb::MAGIC) {
        ndb::headers(database, &mut take)
    } else if let Some(order) = bdb::order(database) {
        bdb::headers(database, order, &mut take)
    } else {
        Err(malformed(
            "this is no rpm database: neither SQLite, ndb nor a Berkeley DB hash",
        ))
    };
    contents.damage = contents.damage.or(end.err());
    contents
}

/// What the three readers hand each package header to.
pub(super) type Take<'t> = dyn FnMut(&[u8]) -> Result<(), Malformed> + 't;

/// How many bytes of package headers a database may still hold.
///
/// Headers never share bytes, so that all of them together are smaller than the file. A hostile file
/// can point at the same bytes many times over; this keeps the work in proportion to its size.
pub(super) struct Allowance(pub(super) usize);

impl Allowance {
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            malformed("its package headers are larger than the database that holds them")
        })?;
        Ok(())
    }
}

pub(super) fn malformed(words: impl Into<String>) -> Malformed {
    Malformed(words.into())
}

/// The `N` bytes at `at`, or nothing if they reach over the end.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn be_u16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

pub(super) fn be_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn le_u32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A big-endian number of any width; of more than 8 bytes the last 8.
pub(super) fn be_number(bytes: &[u8]) -> u64 {
    let add = |number, byte: &u8| number << 8 | u64::from(*byte);
    bytes.iter().fold(0, add)
}

/// A number of the file as a place in memory; too large a one ends up behind every end.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_database_is_told_so() {
        for bytes in [&b""[..], b"RpmQ", b"SQLite format 2\0", &[0; 4096]] {
            let Malformed(words) = read(bytes, None).damage.unwrap();
            assert!(words.contains("no rpm database"), "{words}");
        }
    }

    #[test]
    fn the_allowance_runs_out() {
        let mut allowance = Allowance(10);
        assert!(allowance.spend(10).is_ok());
        assert!(allowance.spend(0).is_ok());
        assert!(allowance.spend(1).is_err());
    }

    #[test]
    fn numbers_over_the_end_are_nothing() {
        assert_eq!(be_u32(&[0, 0, 1, 2], 0), Some(258));
        assert_eq!(le_u32(&[2, 1, 0, 0], 0), Some(258));
        assert_eq!(be_u16(&[1], 0), None);
        assert_eq!(be_u32(&[1, 2, 3, 4], usize::MAX), None);
    }
}
