//! From blocks to members: extension headers applied, bodies on demand.

use super::header::{Dialect, Raw};
use super::pax::{Pax, SparseVersion};
use super::{Kind, Member, TarError, sparse};
use crate::codec::Tape;

/// The unit of a tar: headers and bodies begin at multiples of it.
const BLOCK: u64 = 512;
/// The most that one PAX header or long name may hold (as in Go: maxSpecialFileSize).
const LONGEST_EXTENSION: u64 = 1 << 20;

/// Reads a tar member by member.
pub struct Walk<T> {
    tape: T,
    /// Plain bytes passed so far.
    at: u64,
    /// Bytes of the present body that have not been read.
    left: u64,
    /// Zeros between the present body and the next header.
    padding: u64,
    /// Where the first header of the present member began.
    start: u64,
    ended: bool,
    first: bool,
}

impl<T: Tape> Walk<T> {
    /// Begins at the present place of `tape`.
    pub fn new(tape: T) -> Walk<T> {
        Walk {
            tape,
            at: 0,
            left: 0,
            padding: 0,
            start: 0,
            ended: false,
            first: true,
        }
    }

    /// The next member, or `None` behind the last. Skips what is left of the present one.
    ///
    /// Names do not iterate: a member's body is read from the walk itself.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator could not lend the body"
    )]
    pub fn next(&mut self) -> Result<Option<Member>, TarError> {
        self.skip_rest()?;
        self.skip_padding()?;
        if self.ended {
            return Ok(None);
        }
        let member = self.member()?;
        self.first = false;
        self.ended = member.is_none();
        Ok(member)
    }

    /// Passes over what is left of the present body, and stops at its end.
    pub fn skip_rest(&mut self) -> Result<(), TarError> {
        let left = std::mem::take(&mut self.left);
        match self.skip(left)? < left {
            true => Err(TarError::Cut(self.start)),
            false => Ok(()),
        }
    }

    /// Passes over the zeros behind the present body, once that has been passed.
    pub fn skip_padding(&mut self) -> Result<(), TarError> {
        // The last padding may be missing: the engines forgive that.
        let padding = std::mem::take(&mut self.padding);
        self.skip(padding)?;
        Ok(())
    }

    /// Reads on in the present body; 0 at its end.
    pub fn read_body(&mut self, buf: &mut [u8]) -> Result<usize, TarError> {
        let want = self.left.min(buf.len() as u64) as usize;
        let count = self.tape.read(&mut buf[..want])?;
        self.at += count as u64;
        self.left -= count as u64;
        if count < want {
            return Err(TarError::Cut(self.start));
        }
        Ok(count)
    }

    /// What is left of the present body.
    pub fn body_left(&self) -> u64 {
        self.left
    }

    /// Plain bytes passed so far.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// See [`Tape::taken`].
    pub fn taken(&self) -> u64 {
        self.tape.taken()
    }

    /// The tape, for one that takes notes of what passes.
    pub fn tape_mut(&mut self) -> &mut T {
        &mut self.tape
    }

    /// The tape again, to read what stands behind the tar.
    pub fn into_tape(self) -> T {
        self.tape
    }

    fn skip(&mut self, count: u64) -> Result<u64, TarError> {
        if count == 0 {
            return Ok(0);
        }
        let skipped = self.tape.skip(count)?;
        self.at += skipped;
        Ok(skipped)
    }

    /// The next block; `None` at the end of the bytes.
    fn block(&mut self) -> Result<Option<Raw>, TarError> {
        let mut raw = Raw::empty();
        let count = self.tape.read(raw.bytes_mut())?;
        self.at += count as u64;
        match count {
            0 => Ok(None),
            512 => Ok(Some(raw)),
            _ if self.first => Err(TarError::NoTar),
            _ => Err(TarError::Cut(self.at - count as u64)),
        }
    }

    /// A block that is a header; `None` at the end of the tar.
    fn header(&mut self) -> Result<Option<Raw>, TarError> {
        let at = self.at;
        let Some(raw) = self.block()? else {
            return Ok(None);
        };
        if raw.is_zero() {
            return match self.block()? {
                None => Ok(None),
                Some(second) if second.is_zero() => Ok(None),
                Some(_) => Err(TarError::HalfEnd(at)),
            };
        }
        match raw.checksum_holds() {
            true => Ok(Some(raw)),
            false if self.first => Err(TarError::NoTar),
            false => Err(TarError::Checksum(at)),
        }
    }

    /// The body of an extension header.
    fn extension(&mut self, size: u64, at: u64) -> Result<Vec<u8>, TarError> {
        if size > LONGEST_EXTENSION {
            return Err(TarError::TooLong(at));
        }
        let mut body = vec![0; size as usize];
        let count = self.tape.read(&mut body)?;
        self.at += count as u64;
        if (count as u64) < size {
            return Err(TarError::Cut(at));
        }
        self.skip(padding(size))?;
        Ok(body)
    }

    fn member(&mut self) -> Result<Option<Member>, TarError> {
        self.start = self.at;
        let mut pax = Pax::default();
        let mut long_name = None;
        let mut long_link = None;
        loop {
            let at = self.at;
            let Some(raw) = self.header()? else {
                if pax.is_empty() && long_name.is_none() && long_link.is_none() {
                    return Ok(None);
                }
                // Go forgives this; but a header for a member that never comes
                // means that the tar was cut.
                return Err(TarError::Extension(at, "no entry follows it"));
            };
            self.first = false;
            let size = |name| raw.size().ok_or(TarError::Number(at, name));
            match raw.flag() {
                b'x' => {
                    let body = self.extension(size("size")?, at)?;
                    pax = Pax::parse(&body).map_err(|why| TarError::Extension(at, why))?;
                }
                b'g' => {
                    // Go hands global records out and never applies them; so
                    // neither do the engines. What was pending is dropped too.
                    let body = self.extension(size("size")?, at)?;
                    Pax::parse(&body).map_err(|why| TarError::Extension(at, why))?;
                    (pax, long_name, long_link) = (Pax::default(), None, None);
                }
                b'L' => long_name = Some(until_nul(self.extension(size("size")?, at)?)),
                b'K' => long_link = Some(until_nul(self.extension(size("size")?, at)?)),
                _ => return self.file(&raw, at, pax, long_name, long_link).map(Some),
            }
        }
    }

    fn file(
        &mut self,
        raw: &Raw,
        at: u64,
        pax: Pax,
        long_name: Option<Vec<u8>>,
        long_link: Option<Vec<u8>>,
    ) -> Result<Member, TarError> {
        let number = |value: Option<u64>, name| value.ok_or(TarError::Number(at, name));
        let dialect = raw.dialect();
        let mut path = raw.path(dialect);
        let mut link = raw.link();
        // Go's order: PAX over the header, GNU long names over PAX; an empty one says nothing.
        if let Some(name) = pax.path.clone() {
            path = name;
        }
        if let Some(name) = pax.link.clone() {
            link = name;
        }
        let not_empty = |name: &Vec<u8>| !name.is_empty();
        path = long_name.filter(not_empty).unwrap_or(path);
        link = long_link.filter(not_empty).unwrap_or(link);

        let flag = raw.flag();
        let declared = match pax.size {
            Some(size) => size,
            None => number(raw.size(), "size")?,
        };
        // Header-only types have no body, whatever their size field says.
        let stored = match flag {
            b'1'..=b'6' => 0,
            _ => declared,
        };
        self.left = stored;
        self.padding = padding(stored);

        let mut member = Member {
            path,
            link,
            kind: kind(flag),
            size: stored,
            stored,
            body: self.at,
            sparse: None,
            mode: number(raw.mode(), "mode")? as u32,
            uid: pax.uid.map_or_else(|| number(raw.uid(), "user ID"), Ok)?,
            gid: pax.gid.map_or_else(|| number(raw.gid(), "group ID"), Ok)?,
            mtime: pax
                .mtime
                .map_or_else(|| raw.mtime().ok_or(TarError::Number(at, "time")), Ok)?,
        };
        if flag == b'S' && dialect == Dialect::Gnu {
            self.old_gnu_map(raw, at, &mut member)?;
        } else if member.kind == Kind::File {
            self.pax_map(&pax, at, &mut member)?;
        }
        // Archives older than POSIX mark a directory by a slash behind its name.
        if flag == 0 && member.path.last() == Some(&b'/') {
            member.kind = Kind::Dir;
            member.size = 0;
            member.stored = 0;
            self.padding += std::mem::take(&mut self.left);
        }
        if !matches!(member.kind, Kind::Symlink | Kind::Hardlink) {
            member.link.clear();
        }
        Ok(member)
    }

    /// The map of an old GNU sparse file: in its header, and in blocks behind it.
    fn old_gnu_map(&mut self, raw: &Raw, at: u64, member: &mut Member) -> Result<(), TarError> {
        let broken = |why| TarError::Sparse(at, why);
        let size = raw
            .gnu_real_size()
            .ok_or(broken("its real size is no number"))?;
        let mut map = sparse::Map::default();
        let mut more = map.table(raw.gnu_sparse_table(), 4).map_err(broken)?;
        while more {
            let block = self.block()?.ok_or(TarError::Cut(at))?;
            more = map.table(block.bytes(), 21).map_err(broken)?;
        }
        member.body = self.at;
        member.sparse = Some(map.finish(member.stored, size).map_err(broken)?);
        member.size = size;
        Ok(())
    }

    /// The map of a PAX sparse file: in its records (0.0, 0.1) or before its body (1.0).
    fn pax_map(&mut self, pax: &Pax, at: u64, member: &mut Member) -> Result<(), TarError> {
        let broken = |why| TarError::Sparse(at, why);
        let Some(version) = pax.sparse_version() else {
            return Ok(());
        };
        let map = match version {
            SparseVersion::Records => sparse::Map::from_records(&pax.sparse_map),
            SparseVersion::Body => {
                let mut map = sparse::Reader::default();
                while !map.is_complete() {
                    let mut block = [0; BLOCK as usize];
                    if self.read_body(&mut block)? < block.len() {
                        return Err(TarError::Cut(at));
                    }
                    map.take(&block).map_err(broken)?;
                }
                map.finish()
            }
        }
        .map_err(broken)?;
        if let Some(name) = &pax.sparse_name {
            member.path = name.clone();
        }
        member.size = pax.sparse_size.unwrap_or(member.size);
        member.stored = self.left;
        member.body = self.at;
        member.sparse = Some(map.finish(member.stored, member.size).map_err(broken)?);
        Ok(())
    }
}

fn kind(flag: u8) -> Kind {
    match flag {
        b'1' => Kind::Hardlink,
        b'2' => Kind::Symlink,
        b'3' | b'4' | b'6' => Kind::Special,
        b'5' => Kind::Dir,
        _ => Kind::File,
    }
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK
}

fn until_nul(mut text: Vec<u8>) -> Vec<u8> {
    if let Some(end) = text.iter().position(|&byte| byte == 0) {
        text.truncate(end);
    }
    text
}
