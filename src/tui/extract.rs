//! Files written to disk. What comes in is a file or a folder of the image, and where the
//! user wants it; what goes out is what became of that, in words.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use imgsize::extract::{ExtractError, Extracted, extract, extract_body};
use imgsize::rootfs::{BodyId, NodeId};

use super::model::Model;
use super::text::safe_text;
use super::worker::{Reopen, failed};

/// Writes a file or a folder into a folder that is there.
pub(crate) fn node(model: &Arc<Model>, node: NodeId, into: &Path, reopen: &Reopen) -> String {
    let written = extract(model.fs(), node, into, &mut || reopen(), &|_| {});
    told(written)
}

/// Writes a content, lost or not.
pub(crate) fn body(model: &Arc<Model>, body: BodyId, into: &Path, reopen: &Reopen) -> String {
    let written = extract_body(model.fs(), body, into, &mut || reopen(), &|_| {});
    told(written)
}

/// The folder that the user means: no shell has looked at it.
pub(crate) fn meant(typed: &Path) -> PathBuf {
    if typed.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    match (typed.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => typed.to_owned(),
    }
}

/// What was written where, in one line.
fn told(written: Result<Extracted, ExtractError>) -> String {
    let written = match written {
        Ok(written) => written,
        Err(error) => return format!("nothing was written: {}", failed(&error, error.hint())),
    };
    let to = safe_text(&written.to.to_string_lossy());
    let mut parts = vec![format!(
        "{} in {}",
        written.bytes,
        count(written.files, "file")
    )];
    if written.links > 0 {
        parts.push(count(written.links, "link"));
    }
    if written.renamed > 0 {
        parts.push(format!("{} renamed", written.renamed));
    }
    if written.left_out > 0 {
        parts.push(format!(
            "{} left out: devices, or links that lead outside",
            written.left_out
        ));
    }
    format!("wrote {to}: {}", parts.join(", "))
}

fn count(number: u64, name: &str) -> String {
    match number {
        1 => format!("1 {name}"),
        _ => format!("{number} {name}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_meant_as_in_a_shell() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(meant(Path::new("")), Path::new("."));
        assert_eq!(meant(Path::new("~")), home);
        assert_eq!(meant(Path::new("~/x")), home.join("x"));
        assert_eq!(meant(Path::new("a/~")), Path::new("a/~"));
        assert_eq!(meant(Path::new("~x")), Path::new("~x"));
    }
}
