//! One block of 512 bytes as a header: field by field, after Go's reader.

use tar::Header;

/// A block that may be a header.
#[derive(Clone)]
pub(super) struct Raw(Header);

/// Which fields a header has: told by its magic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    V7,
    Ustar,
    Star,
    Gnu,
}

impl Raw {
    pub(super) fn empty() -> Raw {
        Raw(Header::new_old())
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8; 512] {
        self.0.as_mut_bytes()
    }

    pub(super) fn bytes(&self) -> &[u8; 512] {
        self.0.as_bytes()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.bytes() == &[0; 512]
    }

    /// The sum over the block with blanks for the checksum field, taken with
    /// unsigned bytes (POSIX) or signed ones (old Sun tars).
    pub(super) fn checksum_holds(&self) -> bool {
        let Some(stated) = number(&self.0.as_old().cksum) else {
            return false;
        };
        // Over all bytes at once, then the field put right: loops that vectorise.
        let unsigned =
            |bytes: &[u8]| i64::from(bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>());
        let signed =
            |bytes: &[u8]| i64::from(bytes.iter().map(|&byte| i32::from(byte as i8)).sum::<i32>());
        let (all, field) = (self.bytes(), &self.0.as_old().cksum);
        let blanks = 8 * i64::from(b' ');
        stated == unsigned(all) - unsigned(field) + blanks
            || stated == signed(all) - signed(field) + blanks
    }

    pub(super) fn dialect(&self) -> Dialect {
        let bytes = self.bytes();
        match (&bytes[257..263], &bytes[263..265]) {
            (b"ustar\0", _) if &bytes[508..512] == b"tar\0" => Dialect::Star,
            (b"ustar\0", _) => Dialect::Ustar,
            (b"ustar ", b" \0") => Dialect::Gnu,
            _ => Dialect::V7,
        }
    }

    pub(super) fn flag(&self) -> u8 {
        self.0.as_old().linkflag[0]
    }

    /// Name and prefix.
    pub(super) fn path(&self, dialect: Dialect) -> Vec<u8> {
        let bytes = self.bytes();
        let prefix = match dialect {
            Dialect::V7 => &[][..],
            Dialect::Ustar => &bytes[345..500],
            Dialect::Star => &bytes[345..476],
            // GNU keeps times here; but Go's own writer once put a prefix there,
            // so where the fields are no numbers, they are a name.
            Dialect::Gnu => match (number(&bytes[345..357]), number(&bytes[357..369])) {
                (Some(_), Some(_)) => &[][..],
                _ if text(&bytes[345..500]).is_ascii() => &bytes[345..500],
                _ => &[][..],
            },
        };
        let prefix = text(prefix);
        let name = text(&self.0.as_old().name);
        if prefix.is_empty() {
            name.to_vec()
        } else {
            [prefix, b"/", name].concat()
        }
    }

    pub(super) fn link(&self) -> Vec<u8> {
        text(&self.0.as_old().linkname).to_vec()
    }

    pub(super) fn size(&self) -> Option<u64> {
        unsigned(&self.0.as_old().size)
    }

    pub(super) fn mode(&self) -> Option<u64> {
        number(&self.0.as_old().mode).map(|mode| mode as u64 & 0o7777)
    }

    pub(super) fn uid(&self) -> Option<u64> {
        number(&self.0.as_old().uid).map(|id| id as u64)
    }

    pub(super) fn gid(&self) -> Option<u64> {
        number(&self.0.as_old().gid).map(|id| id as u64)
    }

    pub(super) fn mtime(&self) -> Option<i64> {
        number(&self.0.as_old().mtime)
    }

    pub(super) fn gnu_real_size(&self) -> Option<u64> {
        unsigned(&self.bytes()[483..495])
    }

    /// Four entries of 24 bytes, then the flag that more follow.
    pub(super) fn gnu_sparse_table(&self) -> &[u8] {
        &self.bytes()[386..483]
    }
}

fn text(field: &[u8]) -> &[u8] {
    &field[..field
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(field.len())]
}

/// A number that must not be negative.
pub(super) fn unsigned(field: &[u8]) -> Option<u64> {
    number(field).and_then(|value| u64::try_from(value).ok())
}

/// A number in octal text, or in base 256 where the first bit is set. Empty is 0.
pub(super) fn number(field: &[u8]) -> Option<i64> {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        return base_256(field);
    }
    // Fields have 12 bytes at most: 36 bits of value, so nothing can overflow.
    debug_assert!(field.len() <= 20);
    let is_blank = |byte: &&u8| matches!(byte, b' ' | 0);
    let mut rest = field.iter().skip_while(is_blank);
    let mut value = 0_i64;
    loop {
        match rest.next() {
            Some(digit @ b'0'..=b'7') => value = value << 3 | i64::from(digit - b'0'),
            // A NUL ends the text, a blank must end it.
            None | Some(0) => return Some(value),
            Some(b' ') => return rest.all(|byte| is_blank(&byte)).then_some(value),
            Some(_) => return None,
        }
    }
}

/// Two's complement, most significant byte first; the very first bit is only a mark.
fn base_256(field: &[u8]) -> Option<i64> {
    let negative = field[0] & 0x40 != 0;
    let flip = if negative { 0xff } else { 0 };
    let mut value = 0_u64;
    for (at, &byte) in field.iter().enumerate() {
        let mut byte = byte ^ flip;
        if at == 0 {
            byte &= 0x7f;
        }
        if value >> 56 != 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if negative { !value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_octal_and_in_base_256() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"  17 \0\0\0"), Some(15));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"8\0"), None);
        assert_eq!(number(b"-7\0"), None);
        assert_eq!(number(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), Some(256));
        assert_eq!(number(&[0xff; 12]), Some(-1));
        assert_eq!(number(&[0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(unsigned(&[0xff; 12]), None);
    }
}
