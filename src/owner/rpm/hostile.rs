//! Damages the databases of `testdata/owner/rpm` in thousands of ways: whatever comes out, it comes
//! out soon, without a panic, and is not larger than the damaged file allows.

use std::path::Path;
use std::time::{Duration, Instant};

use super::database::{self, Installed, Malformed};

const FLIPS: usize = 1500;
const CUTS: usize = 500;

/// A file's name, its bytes, and those of its write-ahead log.
type Database = (&'static str, Vec<u8>, Option<Vec<u8>>);

fn databases() -> Vec<Database> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/owner/rpm");
    let bytes = |path: &str| std::fs::read(folder.join(path)).unwrap();
    let log = bytes("sqlite-wal/rpmdb.sqlite-wal");
    let path = "sqlite-wal/rpmdb.sqlite";
    let mut all = vec![(path, bytes(path), Some(log))];
    for path in [
        "sqlite/rpmdb.sqlite",
        "ndb/Packages.db",
        "bdb/Packages",
        "bdb-big-endian/Packages",
    ] {
        all.push((path, bytes(path), None));
    }
    all
}

/// A linear congruential generator: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        let (factor, step) = (6_364_136_223_846_793_005, 1_442_695_040_888_963_407);
        self.0 = self.0.wrapping_mul(factor).wrapping_add(step);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// Changes one to eight bytes: to noise, or to what lengths and numbers of pages like least.
    fn damage(&mut self, bytes: &mut [u8]) {
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len());
            bytes[at] = match self.below(4) {
                0 => 0,
                1 => 0xff,
                2 => bytes[at] ^ (1 << self.below(8)),
                _ => u8::try_from(self.below(256)).unwrap(),
            };
        }
    }
}

/// The packages, if every one could be read.
fn read(database: &[u8], log: Option<&[u8]>) -> Result<Vec<Installed>, Malformed> {
    let contents = database::read(database, log);
    contents.damage.map_or(Ok(contents.installed), Err)
}

/// Reads a database and holds the answer to its bounds.
fn check(name: &str, database: &[u8], log: Option<&[u8]>) -> Result<Vec<Installed>, Malformed> {
    let start = Instant::now();
    let contents = database::read(database, log);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{name} took {took:?}");
    let bytes = database.len() + log.map_or(0, <[u8]>::len);
    let kept: usize = contents.installed.iter().map(kept).sum();
    assert!(kept <= 64 * bytes, "{name}: {kept} of {bytes}");
    contents.damage.map_or(Ok(contents.installed), Err)
}

/// The memory that a package takes, more or less.
fn kept(package: &Installed) -> usize {
    let files = package.files.iter().map(|file| 40 + file.path.len());
    let names = package.requires.iter().chain(&package.provides);
    files.chain(names.map(|name| 24 + name.len())).sum()
}

#[test]
fn changed_bytes() {
    let mut numbers = Numbers(20_260_101);
    for (name, database, log) in databases() {
        let mut refused = 0;
        for _ in 0..FLIPS {
            let (mut database, mut log) = (database.clone(), log.clone());
            match &mut log {
                Some(log) if numbers.below(2) == 0 => numbers.damage(log),
                _ => numbers.damage(&mut database),
            }
            refused += usize::from(check(name, &database, log.as_deref()).is_err());
        }
        assert!(refused > 0 && refused < FLIPS, "{name}: {refused}");
    }
}

/// Most bytes of a database say nothing about its structure; these do.
#[test]
fn changed_numbers_of_the_structure() {
    let mut numbers = Numbers(7);
    for (name, database, log) in databases() {
        let numbers_at: Vec<usize> = structure(&database);
        for _ in 0..FLIPS {
            let mut database = database.clone();
            let at = numbers_at[numbers.below(numbers_at.len())];
            let end = (at + 1 + numbers.below(4)).min(database.len());
            numbers.damage(&mut database[at..end]);
            _ = check(name, &database, log.as_deref());
        }
    }
}

/// The first bytes of every 512, where pages and slots have their headers.
fn structure(database: &[u8]) -> Vec<usize> {
    (0..database.len()).filter(|at| at % 512 < 40).collect()
}

#[test]
fn cut_files() {
    for (name, database, log) in databases() {
        let step = database.len().div_ceil(CUTS);
        let whole = read(&database, log.as_deref());
        for length in (0..database.len()).step_by(step) {
            let answer = check(name, &database[..length], log.as_deref());
            // What is missing may be pages of other tables; then nothing is missing for us.
            assert!(
                answer.is_err() || answer == whole,
                "{name} of {length} bytes"
            );
        }
        let Some(log) = log else { continue };
        for length in (0..log.len()).step_by(step) {
            let answer = check(name, &database, Some(&log[..length]));
            assert!(answer.is_ok(), "{name} with {length} bytes of its log");
        }
    }
}

#[test]
fn noise_behind_the_magic() {
    let mut numbers = Numbers(99);
    for (name, database, _) in databases() {
        for _ in 0..100 {
            let mut noise = database.clone();
            for byte in &mut noise[32..] {
                *byte = u8::try_from(numbers.below(256)).unwrap();
            }
            assert!(check(name, &noise, None).is_err(), "{name}");
        }
    }
}

#[test]
fn millions_of_empty_names() {
    let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    let names = 900_000_u32;
    // NAME at 0, PROVIDENAME behind it.
    let index: Vec<u8> = words(&[1000, 6, 0, 1, 1047, 8, 2, names]);
    let start: Vec<u8> = words(&[2, 2 + names]);
    let header = [start, index, b"a\0".to_vec(), vec![0; 900_000]].concat();
    let packages: Vec<&[u8]> = vec![&header; 5];
    assert_eq!(read(&ndb(&packages[..4]), None).unwrap().len(), 4);
    let Malformed(words) = check("ndb", &ndb(&packages), None).unwrap_err();
    assert!(words.contains("millions"), "{words}");
}

/// A `Packages.db` of these package headers.
fn ndb(headers: &[&[u8]]) -> Vec<u8> {
    let words = |numbers: &[usize]| -> Vec<u8> {
        let number = |number: &usize| u32::try_from(*number).unwrap().to_le_bytes();
        numbers.iter().flat_map(number).collect()
    };
    let mut file = [b"RpmP", &words(&[0, 1, 1, headers.len() + 1, 0, 0, 0])[..]].concat();
    let mut blobs = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        let (number, first) = (index + 1, 256 + blobs.len() / 16);
        let blocks = (header.len() + 28).div_ceil(16);
        file.extend([b"Slot", &words(&[number, first, blocks])[..]].concat());
        blobs.extend([b"BlbS", &words(&[number, 1, header.len()])[..], header].concat());
        blobs.resize((first - 256 + blocks) * 16 - 12, 0);
        blobs.extend([&words(&[0, header.len()])[..], b"BlbE"].concat());
    }
    while file.len() < 4096 {
        file.extend([b"Slot", &[0; 12][..]].concat());
    }
    [file, blobs].concat()
}
