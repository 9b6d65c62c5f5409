//! Names of contents. What comes in is text that a stranger wrote or bytes as
//! they pass by; what goes out is a digest that is safe to use in a path.

use std::fmt;
use std::str::FromStr;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use sha2::{Digest as _, Sha256, Sha512};

/// A digest of the OCI image specification: an algorithm and its value.
///
/// Only well-formed ones exist: a digest becomes part of paths and URLs, and
/// `sha256:../../x` has been a hole elsewhere (CVE-2024-3727).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub enum Digest {
    /// `sha256:` and 64 hexadecimal digits.
    Sha256([u8; 32]),
    /// `sha512:` and 128 hexadecimal digits.
    Sha512([u8; 64]),
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no digest that imgsize knows (sha256 or sha512 in lower-case hexadecimal)", crate::path::brief(.0))]
pub struct NoDigest(String);

impl Digest {
    /// The algorithm, as the text form spells it.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Digest::Sha256(_) => "sha256",
            Digest::Sha512(_) => "sha512",
        }
    }

    /// The value in lower-case hexadecimal, without the algorithm.
    pub fn hex(&self) -> String {
        self.bytes().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Digest::Sha256(bytes) => bytes,
            Digest::Sha512(bytes) => bytes,
        }
    }

    /// The digest of `data`, by the algorithm of this one.
    pub fn matches(&self, data: &[u8]) -> bool {
        match self {
            Digest::Sha256(bytes) => Sha256::digest(data)[..] == bytes[..],
            Digest::Sha512(bytes) => Sha512::digest(data)[..] == bytes[..],
        }
    }

    /// The SHA-256 digest of `data`.
    pub fn sha256(data: &[u8]) -> Digest {
        Digest::Sha256(Sha256::digest(data).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm(), self.hex())
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Digest, NoDigest> {
        let no_digest = || NoDigest(text.to_owned());
        let (algorithm, hex) = text.split_once(':').ok_or_else(no_digest)?;
        match algorithm {
            "sha256" => unhex(hex).map(Digest::Sha256),
            "sha512" => unhex(hex).map(Digest::Sha512),
            _ => None,
        }
        .ok_or_else(no_digest)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Digest, NoDigest> {
        text.parse()
    }
}

fn unhex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let digits = hex.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(bytes)
}

/// Computes the digest of what passes by.
pub enum Hasher {
    /// For `sha256:` digests, and where none is promised.
    Sha256(Sha256),
    /// For `sha512:` digests.
    Sha512(Sha512),
}

impl Hasher {
    /// A hasher by the algorithm of `promised`; SHA-256 where nothing is promised.
    pub fn like(promised: Option<Digest>) -> Hasher {
        match promised {
            Some(Digest::Sha512(_)) => Hasher::Sha512(Sha512::new()),
            _ => Hasher::Sha256(Sha256::new()),
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, data: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(data),
            Hasher::Sha512(hasher) => hasher.update(data),
        }
    }

    /// The digest of all bytes taken in.
    pub fn finish(self) -> Digest {
        match self {
            Hasher::Sha256(hasher) => Digest::Sha256(hasher.finalize().into()),
            Hasher::Sha512(hasher) => Digest::Sha512(hasher.finalize().into()),
        }
    }
}

/// A [`Hasher`] on a thread of its own.
///
/// Inflating a layer and hashing what comes out take about as long: side by side
/// they take half as long, where there is a core for it.
pub struct AsideHasher {
    full: SyncSender<Vec<u8>>,
    spare: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    thread: JoinHandle<Digest>,
}

/// Large enough that handing a piece over costs nothing beside hashing it.
const PIECE: usize = 256 * 1024;

impl AsideHasher {
    /// Begins a thread, with a hasher by the algorithm of `promised`.
    pub fn like(promised: Option<Digest>) -> AsideHasher {
        let (full, to_hash) = sync_channel::<Vec<u8>>(4);
        let (used, spare) = channel();
        let thread = thread::spawn(move || {
            let mut hasher = Hasher::like(promised);
            for piece in to_hash {
                hasher.update(&piece);
                // Nobody waits for the last ones.
                let _ = used.send(piece);
            }
            hasher.finish()
        });
        AsideHasher {
            full,
            spare,
            piece: Vec::with_capacity(PIECE),
            thread,
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, data: &[u8]) {
        self.piece.extend_from_slice(data);
        if self.piece.len() >= PIECE {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let mut next = self.spare.try_recv().unwrap_or_default();
        next.clear();
        let full = std::mem::replace(&mut self.piece, next);
        // It fails only if the thread is gone, and then `finish` tells.
        let _ = self.full.send(full);
    }

    /// The digest of all bytes taken in.
    pub fn finish(mut self) -> Digest {
        self.hand_over();
        drop(self.full);
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_digests_exist() {
        let hex = "a".repeat(64);
        assert!(format!("sha256:{hex}").parse::<Digest>().is_ok());
        for bad in [
            "",
            "sha256",
            "sha256:",
            "sha256:../../etc/passwd",
            &format!("sha256:{}", "a".repeat(63)),
            &format!("sha256:{}", "A".repeat(64)),
            &format!("md5:{}", "a".repeat(32)),
            &format!("sha512:{hex}"),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn hashing_aside_gives_the_same_digest() {
        let data: Vec<u8> = (0..1_000_000_u32).map(|n| (n >> 3) as u8).collect();
        let mut aside = AsideHasher::like(None);
        for piece in data.chunks(70_001) {
            aside.update(piece);
        }
        assert_eq!(aside.finish(), Digest::sha256(&data));
    }

    #[test]
    fn text_and_back() {
        let digest = Digest::sha256(b"");
        assert_eq!(
            digest.to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!(digest.matches(b""));
    }
}
