//! From the rows of a table to a listing: which members there are, and where in
//! the blob the contents of files lie.
//!
//! The tar is written front to back, and the table with it, so the contents of a
//! table that is right begin one behind the other. A table that says otherwise
//! is not used: two files would share bytes, and the sum of costs were no sum.

use super::Stop;
use super::table::{Row, parse, seconds};
use crate::codec::is_bomb;
use crate::digest::Digest;
use crate::layer::{EntryNo, Keep, Listing};
use crate::tarfile::{Kind, Member};
use crate::units::Bytes;

/// What a table lists.
pub(super) struct Listed<'k> {
    pub(super) listing: Listing<'k>,
    /// The files whose contents are wanted, and how many leading bytes.
    pub(super) wanted: Vec<(EntryNo, u64)>,
    /// Does every content have an end of its own?
    pub(super) exact: bool,
}

/// Lists the members of a blob of `blob` bytes, all contents of which end before `limit`.
pub(super) fn list<'k>(
    json: &[u8],
    limit: u64,
    blob: u64,
    keep: &'k Keep<'k>,
) -> Result<Listed<'k>, Stop> {
    let mut lister = Lister {
        listing: Listing::new(keep),
        wanted: Vec::new(),
        limit,
        free: 1,
        open: None,
        file: None,
        exact: true,
        insufficient: false,
        plain: 0,
    };
    let version = parse(json, &mut |row| lister.row(row));
    if lister.insufficient {
        return Err(Stop::Whole);
    }
    // Another version may mean something else by the same fields.
    if version.map_err(Stop::Damaged)? != 1 {
        return Err(Stop::Whole);
    }
    lister.close(limit);
    if is_bomb(lister.plain, blob) {
        return Err(Stop::damaged(
            "its files are over 8 GiB and over 200 times the blob",
        ));
    }
    Ok(Listed {
        listing: lister.listing,
        wanted: lister.wanted,
        exact: lister.exact,
    })
}

struct Lister<'k> {
    listing: Listing<'k>,
    wanted: Vec<(EntryNo, u64)>,
    /// Where contents must end.
    limit: u64,
    /// The first byte of the blob where another content may begin. Never 0: every
    /// content has its header before it.
    free: u64,
    /// Where the last content began, if only the next one tells where it ends.
    open: Option<u64>,
    /// The name of the file whose chunks may follow.
    file: Option<String>,
    exact: bool,
    /// The table is in order and does not tell all that is needed.
    insufficient: bool,
    plain: u64,
}

impl Lister<'_> {
    fn row(&mut self, row: Row) -> Result<(), String> {
        let kind = match row.kind.as_deref().unwrap_or_default() {
            "chunk" => return self.chunk(&row),
            "reg" => Kind::File,
            "dir" => Kind::Dir,
            "symlink" => Kind::Symlink,
            "hardlink" => Kind::Hardlink,
            "char" | "block" | "fifo" => Kind::Special,
            _ => return Err("an entry is of no known type".to_owned()),
        };
        let name = row.name.clone().ok_or("an entry has no name")?;
        let link = match kind {
            Kind::Symlink | Kind::Hardlink => row.link_name.clone().unwrap_or_default(),
            _ => String::new(),
        };
        // JSON holds UTF-8 only; Go writes this for what is none.
        if name.contains('\u{fffd}') || link.contains('\u{fffd}') {
            return Err(self.insufficient());
        }
        let size = match kind {
            Kind::File => row.size.unwrap_or_default(),
            _ => 0,
        };
        self.plain = self.plain.saturating_add(size);
        let member = Member {
            path: name.clone().into_bytes(),
            link: link.into_bytes(),
            kind,
            size,
            stored: size,
            body: 0,
            sparse: None,
            mode: row.mode.unwrap_or_default() as u32 & 0o7777,
            uid: row.uid.unwrap_or_default() as u64,
            gid: row.gid.unwrap_or_default() as u64,
            mtime: row.modtime.as_deref().map_or(0, seconds),
        };
        let added = self.listing.add(&member);
        let (no, wanted) = added.map_err(|error| error.to_string())?;
        self.file = None;
        if size > 0 {
            self.content(&row, size)?;
            self.file = Some(name);
            if wanted > 0 {
                self.wanted.push((no, wanted));
            }
        }
        Ok(())
    }

    /// Where the content of the last member lies.
    fn content(&mut self, row: &Row, size: u64) -> Result<(), String> {
        if row.inner_offset.is_some_and(|inner| inner > 0) {
            // Many files in one member: their shares of it are not known.
            return Err(self.insufficient());
        }
        let start = self.begin(row.offset.unwrap_or_default())?;
        let is_one_chunk = row
            .chunk_size
            .is_none_or(|chunk| chunk == 0 || chunk >= size);
        let whole = |digest: &Option<String>| digest.clone().filter(|text| !text.is_empty());
        let digest =
            whole(&row.digest).or_else(|| whole(&row.chunk_digest).filter(|_| is_one_chunk));
        let sha256 = match digest.map(|digest| digest.parse()) {
            Some(Ok(Digest::Sha256(sha256))) => sha256,
            Some(Err(_)) => return Err("a digest in it is none".to_owned()),
            // What it does not vouch for cannot be checked.
            Some(Ok(_)) | None => return Err(self.insufficient()),
        };
        match row.end_offset.unwrap_or_default() {
            0 => {
                self.exact = false;
                self.open = Some(start);
                self.free = start + 1;
                self.listing.content(start, Bytes::ZERO, sha256);
            }
            end if end <= start || end > self.limit => {
                return Err("a content ends before it begins, or out of the blob".to_owned());
            }
            end => {
                self.free = end;
                self.listing.content(start, Bytes(end - start), sha256);
            }
        }
        Ok(())
    }

    /// One more chunk of the last file: no entry, and no bytes of its own.
    fn chunk(&mut self, row: &Row) -> Result<(), String> {
        if self.file.is_none() || row.name != self.file {
            return Err("a chunk in it belongs to no file".to_owned());
        }
        if row.inner_offset.is_some_and(|inner| inner > 0) {
            return Err(self.insufficient());
        }
        // Where the file says where it ends, its chunks are inside.
        if self.open.is_some() {
            let start = self.fits(row.offset.unwrap_or_default())?;
            self.free = start + 1;
        }
        Ok(())
    }

    /// A content begins at `start`, and so the last one ends there.
    fn begin(&mut self, start: u64) -> Result<u64, String> {
        let start = self.fits(start)?;
        self.close(start);
        Ok(start)
    }

    fn fits(&self, start: u64) -> Result<u64, String> {
        if start < self.free {
            return Err("a content begins inside another one".to_owned());
        }
        if start >= self.limit {
            return Err("a content begins out of the blob".to_owned());
        }
        Ok(start)
    }

    /// The last content, if it is open, ends at `end`.
    fn close(&mut self, end: u64) {
        if let Some(start) = self.open.take() {
            self.listing.set_share(Bytes(end - start));
        }
    }

    fn insufficient(&mut self) -> String {
        self.insufficient = true;
        String::new()
    }
}
