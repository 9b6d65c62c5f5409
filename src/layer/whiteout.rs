//! How a layer says that something is gone (OCI image specification, layer.md,
//! "Whiteouts"). The spelling is known here and nowhere else.

const PREFIX: &[u8] = b".wh.";
const AUFS_PREFIX: &[u8] = b".wh..wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";

/// What a name in normal form says.
#[derive(Debug, PartialEq, Eq)]
pub enum Mark<'p> {
    /// It is an ordinary name.
    None,
    /// `dir/.wh.name`: hides `dir/name`.
    Whiteout {
        /// The folder, empty for the root.
        folder: &'p [u8],
        /// The hidden name.
        name: &'p [u8],
    },
    /// `dir/.wh..wh..opq`: hides what layers below have in this folder.
    Opaque(&'p [u8]),
    /// Another name of aufs; means nothing.
    Leftover,
    /// A whiteout that hides nothing, itself or its parent: no engine takes it.
    Invalid,
}

/// Reads the last component of `path`.
pub fn mark(path: &[u8]) -> Mark<'_> {
    let (folder, name) = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&b""[..], path),
    };
    if name == OPAQUE {
        return Mark::Opaque(folder);
    }
    if name.starts_with(AUFS_PREFIX) {
        return Mark::Leftover;
    }
    match name.strip_prefix(PREFIX) {
        None => Mark::None,
        Some(b"" | b"." | b"..") => Mark::Invalid,
        Some(name) => Mark::Whiteout { folder, name },
    }
}

/// The name that hides a path; the root has none.
pub fn hiding(path: &[u8]) -> Vec<u8> {
    let at = path.iter().rposition(|&byte| byte == b'/');
    let (folder, name) = path.split_at(at.map_or(0, |slash| slash + 1));
    [folder, PREFIX, name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_marks_by_their_last_component_alone() {
        assert_eq!(
            mark(b"a/.wh.b"),
            Mark::Whiteout {
                folder: b"a",
                name: b"b"
            }
        );
        assert_eq!(
            mark(b".wh.b"),
            Mark::Whiteout {
                folder: b"",
                name: b"b"
            }
        );
        assert_eq!(mark(b"a/.wh..wh..opq"), Mark::Opaque(b"a"));
        assert_eq!(mark(b".wh..wh.plnk"), Mark::Leftover);
        assert_eq!(mark(b".wh.a/b"), Mark::None);
        assert_eq!(mark(b"a.wh.b"), Mark::None);
        for bad in [&b".wh."[..], b"a/.wh..", b".wh..."] {
            assert_eq!(mark(bad), Mark::Invalid);
        }
    }
}
