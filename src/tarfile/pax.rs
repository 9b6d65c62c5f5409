//! PAX records: `LENGTH KEY=VALUE\n`, after POSIX.1-2001 and Go's strictness.

/// The records that matter here.
#[derive(Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) mtime: Option<i64>,
    pub(super) sparse_name: Option<Vec<u8>>,
    pub(super) sparse_size: Option<u64>,
    /// Offsets and lengths in turn, as the records list them.
    pub(super) sparse_map: Vec<Vec<u8>>,
    has_map: bool,
    major: Option<Vec<u8>>,
    minor: Option<Vec<u8>>,
    any: bool,
}

/// Where a PAX sparse file keeps its map.
pub(super) enum SparseVersion {
    /// 0.0 and 0.1: in the records.
    Records,
    /// 1.0: in front of the body.
    Body,
}

impl Pax {
    pub(super) fn parse(mut rest: &[u8]) -> Result<Pax, &'static str> {
        let mut pax = Pax {
            any: true,
            ..Pax::default()
        };
        while !rest.is_empty() {
            let (key, value, tail) = record(rest)?;
            rest = tail;
            pax.take(key, value)?;
        }
        if !pax.sparse_map.len().is_multiple_of(2) {
            return Err("an offset of its sparse map has no length");
        }
        Ok(pax)
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.any
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        // Go: an empty value leaves the header's own in place.
        let text = || (!value.is_empty()).then(|| value.to_vec());
        let number = || match value {
            b"" => Ok(None),
            _ => decimal(value)
                .map(Some)
                .ok_or("a number of it is no valid one"),
        };
        match key {
            b"path" => self.path = text(),
            b"linkpath" => self.link = text(),
            b"size" => self.size = number()?,
            b"uid" => self.uid = number()?,
            b"gid" => self.gid = number()?,
            b"mtime" if !value.is_empty() => {
                self.mtime = Some(seconds(value).ok_or("its time is no valid one")?);
            }
            b"GNU.sparse.name" => self.sparse_name = text(),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = number()?,
            b"GNU.sparse.major" => self.major = text(),
            b"GNU.sparse.minor" => self.minor = text(),
            b"GNU.sparse.offset" if self.sparse_map.len().is_multiple_of(2) => {
                self.has_map = true;
                self.sparse_map.push(value.to_vec());
            }
            b"GNU.sparse.numbytes" if self.sparse_map.len() % 2 == 1 => {
                self.sparse_map.push(value.to_vec());
            }
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                return Err("its sparse map is out of order");
            }
            b"GNU.sparse.map" => {
                self.has_map = true;
                self.sparse_map = match value {
                    b"" => Vec::new(),
                    _ => value
                        .split(|&byte| byte == b',')
                        .map(<[u8]>::to_vec)
                        .collect(),
                };
            }
            _ => {}
        }
        Ok(())
    }

    /// Is this a sparse file, and of which version? Unknown versions are none, as in Go.
    pub(super) fn sparse_version(&self) -> Option<SparseVersion> {
        match (self.major.as_deref(), self.minor.as_deref()) {
            (Some(b"1"), Some(b"0")) => Some(SparseVersion::Body),
            (Some(b"0"), Some(b"0" | b"1")) => Some(SparseVersion::Records),
            (None, None) if self.has_map => Some(SparseVersion::Records),
            _ => None,
        }
    }
}

/// Key and value of a record, and what follows it.
type Record<'p> = (&'p [u8], &'p [u8], &'p [u8]);

/// The first record of `rest`.
fn record(rest: &[u8]) -> Result<Record<'_>, &'static str> {
    let space = rest
        .iter()
        .position(|&byte| byte == b' ')
        .ok_or("a record has no length")?;
    let length = decimal(&rest[..space]).ok_or("the length of a record is no number")?;
    let length = usize::try_from(length).map_err(|_| "a record is longer than its header")?;
    if length > rest.len() {
        return Err("a record is longer than its header");
    }
    if length < space + 3 {
        return Err("the length of a record is too small");
    }
    let (record, tail) = rest.split_at(length);
    let [body @ .., b'\n'] = &record[space + 1..] else {
        return Err("a record does not end with a new line");
    };
    let equals = body
        .iter()
        .position(|&byte| byte == b'=')
        .ok_or("a record has no `=`")?;
    let (key, value) = (&body[..equals], &body[equals + 1..]);
    if key.is_empty() {
        return Err("a record has no key");
    }
    let names_a_file = matches!(
        key,
        b"path" | b"linkpath" | b"uname" | b"gname" | b"GNU.sparse.name"
    );
    if key.contains(&0) || (names_a_file && value.contains(&0)) {
        return Err("a name in it holds a NUL");
    }
    Ok((key, value, tail))
}

/// Digits only: no sign, no blank.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value: u64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (value <= i64::MAX as u64).then_some(value)
}

/// The whole seconds of a decimal time, rounded down.
fn seconds(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = whole.parse().ok()?;
    let below = whole.starts_with('-') && fraction.bytes().any(|byte| byte != b'0');
    seconds.checked_sub(i64::from(below))
}
