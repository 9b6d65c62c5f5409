//! Images of containerd, as they lie on disk: names in a database, blobs in a content
//! store (containerd, `metadata/buckets.go` and docs/content-flow.md). Nothing runs,
//! and nothing is asked of a server.

mod bolt;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::index::{self, Leaf};
use super::manifest::Descriptor;
use super::{Choice, Every, Keeper, SourceError, Store, Stored, oci};
use bolt::{Bolt, BoltError, Bucket, View};

/// The names, below the root folder.
const NAMES: &str = "io.containerd.metadata.v1.bolt/meta.db";
/// The blobs, below the root folder: an OCI layout's, without its index.json.
const CONTENT: &str = "io.containerd.content.v1.content";
/// The root folder of the system's containerd.
const SYSTEM: &str = "/var/lib/containerd";
/// What else its configuration may say.
const ROOT: &str = "IMGSIZE_CONTAINERD_ROOT";
/// As `ctr` reads it.
const NAMESPACE: &str = "CONTAINERD_NAMESPACE";
/// The namespaces that are looked at first: `ctr` and nerdctl, Kubernetes, Docker.
const NAMESPACES: [&str; 3] = ["default", "k8s.io", "moby"];

const SUDO: &str = "its files are root's: try again with `sudo`";
const EXPORT: &str = "save it with `ctr images export image.tar NAME`, and name the file";
const OTHER_PLATFORM: &str = "it may be here for other platforms only: `--platform all` shows \
     which; `ctr images pull --platform OS/ARCH` gets another";

/// Opens an image by its name.
pub(super) fn open(name: &str, choice: &Choice) -> Result<Stored, SourceError> {
    let (store, leaves) = find(&Place::here(), name)?;
    oci::open(store, leaves, choice).map_err(told)
}

/// Every platform of an image that is here.
pub(super) fn open_all(name: &str, asked: Option<&str>) -> Result<Every, SourceError> {
    let (store, leaves) = find(&Place::here(), name)?;
    oci::open_all(&store, leaves, asked).map_err(told)
}

/// What is damaged in an archive is something else here.
fn told(error: SourceError) -> SourceError {
    match error {
        SourceError::Missing(what) => SourceError::Kept {
            what: format!("containerd has the image, but not all of it: {what} is not there"),
            error: None,
            hint: OTHER_PLATFORM,
        },
        SourceError::Read(what, error) if is_denied(&error) => SourceError::Kept {
            what: format!("`{what}` of containerd cannot be read"),
            error: Some(error),
            hint: SUDO,
        },
        error => error,
    }
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// Where to look.
struct Place {
    /// Root folders, the first one first.
    roots: Vec<PathBuf>,
    /// The only namespace to look into; `None` for all.
    namespace: Option<String>,
}

impl Place {
    fn here() -> Place {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let roots = match set(ROOT) {
            Some(root) => vec![PathBuf::from(root)],
            None => {
                let data = set("XDG_DATA_HOME").map(PathBuf::from);
                let home = || Some(std::env::home_dir()?.join(".local/share"));
                let user = data.filter(|folder| folder.is_absolute()).or_else(home);
                // The second is that of a containerd without root.
                let user = user.map(|folder| folder.join("containerd"));
                [PathBuf::from(SYSTEM)].into_iter().chain(user).collect()
            }
        };
        let namespace = set(NAMESPACE).map(|name| name.to_string_lossy().into_owned());
        Place { roots, namespace }
    }
}

/// The blobs, and what an image has of them.
fn find(place: &Place, asked: &str) -> Result<(Arc<Store>, Vec<Leaf>), SourceError> {
    let mut there = Vec::new();
    let mut failed: Option<io::Error> = None;
    let mut looked = false;
    for root in &place.roots {
        let path = root.join(NAMES);
        let bolt = match Bolt::open(&path) {
            Ok(bolt) => bolt,
            Err(error) => {
                // That of another user says more than that there is none.
                if failed.is_none() || is_denied(&error) {
                    failed = Some(error);
                }
                continue;
            }
        };
        looked = true;
        let namespace = place.namespace.as_deref();
        let looked_up = bolt
            .view(|view| look_up(view, asked, namespace))
            .map_err(|error| unreadable(&path, error))?;
        match looked_up {
            LookUp::Found(name, target) => {
                let store = Arc::new(Store::Folder(root.join(CONTENT)));
                let leaves = index::below(&*store, *target, Some(&name)).map_err(told)?;
                return Ok((store, leaves));
            }
            LookUp::There(names) => there.extend(names),
        }
    }
    if looked {
        there.sort_unstable();
        there.dedup();
        let (keeper, asked) = (Keeper::Containerd, asked.to_owned());
        return Err(SourceError::NotKept {
            keeper,
            asked,
            there,
        });
    }
    let denied = failed.as_ref().is_some_and(is_denied);
    let roots: Vec<String> = place
        .roots
        .iter()
        .map(|root| root.to_string_lossy().into_owned())
        .collect();
    Err(SourceError::Kept {
        what: match denied {
            true => "containerd's images cannot be looked into".to_owned(),
            false => format!("there is no containerd in {}", roots.join(" or ")),
        },
        error: failed.filter(is_denied),
        hint: match denied {
            true => SUDO,
            false => "set IMGSIZE_CONTAINERD_ROOT to the `root` of its config.toml",
        },
    })
}

fn unreadable(path: &Path, error: BoltError) -> SourceError {
    let what = format!("containerd's database `{}`", path.display());
    let kept = |what, error, hint| SourceError::Kept { what, error, hint };
    match error {
        BoltError::Read(error) => kept(format!("{what} cannot be read"), Some(error), EXPORT),
        BoltError::Busy => kept(format!("{what} changes all the time"), None, "try again"),
        BoltError::Damaged(why) => kept(format!("{what} is damaged: {why}"), None, EXPORT),
    }
}

/// What a look for a name found.
enum LookUp {
    /// The name in full, and what it names.
    Found(String, Box<Descriptor>),
    /// The names that there are.
    There(Vec<String>),
}

fn look_up(view: &mut View<'_>, asked: &str, namespace: Option<&str>) -> Result<LookUp, BoltError> {
    let root = view.root();
    let Some(root) = view.bucket(&root, b"v1")? else {
        return Ok(LookUp::There(Vec::new()));
    };
    let mut namespaces: Vec<Vec<u8>> = match namespace {
        Some(only) => vec![only.as_bytes().to_vec()],
        None => view.buckets(&root)?,
    };
    let rank = |name: &Vec<u8>| {
        let first = NAMESPACES.iter().position(|first| first.as_bytes() == name);
        first.unwrap_or(NAMESPACES.len())
    };
    namespaces.sort_by_key(rank);
    let mut all = Vec::new();
    for namespace in namespaces {
        let Some(images) = images(view, &root, &namespace)? else {
            continue;
        };
        for name in oci::full_names(asked) {
            if let Some(image) = view.bucket(&images, name.as_bytes())?
                && let Some(target) = target(view, &image)?
            {
                return Ok(LookUp::Found(name, Box::new(target)));
            }
        }
        all.push(images);
    }
    let mut there = Vec::new();
    for images in all {
        let names = view.buckets(&images)?.into_iter();
        let names = names.map(|name| String::from_utf8_lossy(&name).into_owned());
        // Kubernetes names each image by its ID too.
        there.extend(names.filter(|name| !name.starts_with("sha256:")));
    }
    Ok(LookUp::There(there))
}

fn images(
    view: &mut View<'_>,
    root: &Bucket,
    namespace: &[u8],
) -> Result<Option<Bucket>, BoltError> {
    match view.bucket(root, namespace)? {
        Some(namespace) => view.bucket(&namespace, b"images"),
        None => Ok(None),
    }
}

/// The descriptor that an image's name stands for.
fn target(view: &mut View<'_>, image: &Bucket) -> Result<Option<Descriptor>, BoltError> {
    let Some(target) = view.bucket(image, b"target")? else {
        return Ok(None);
    };
    let text = |value: Option<Vec<u8>>| {
        let value = value.unwrap_or_default();
        String::from_utf8_lossy(&value).into_owned()
    };
    let media_type = text(view.value(&target, b"mediatype")?);
    let digest = text(view.value(&target, b"digest")?);
    let size = view.value(&target, b"size")?.as_deref().and_then(varint);
    let size = size.ok_or(BoltError::Damaged("an image has no size"))?;
    Ok(Some(Descriptor {
        media_type,
        digest,
        size,
        ..Descriptor::default()
    }))
}

/// A number as Go's `binary.PutVarint` writes it; `None` for a negative one.
fn varint(bytes: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (no, byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if no == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * no);
        if byte & 0x80 == 0 {
            // Zigzag: the lowest bit is the sign.
            return (value & 1 == 0).then_some(value >> 1);
        }
    }
    None
}

#[cfg(test)]
mod tests;
