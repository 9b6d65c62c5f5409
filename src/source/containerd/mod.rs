//! Images of containerd, as they lie on disk: names in a database, blobs in a content
//! store (containerd, `metadata/buckets.go` and docs/content-flow.md). Nothing runs,
//! and nothing is asked of a server.

mod bolt;
mod error;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::index::{self, Leaf};
use super::manifest::Descriptor;
use super::{Choice, Image, Name, Opened, Platforms, SourceError, Store, oci};
use bolt::{Bolt, BoltError, Bucket, View};

pub use error::ContainerdError;

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

/// Opens the one image that is meant.
pub(super) fn open(name: &str, choice: &Choice) -> Result<Box<dyn Image>, SourceError> {
    let (store, leaves) = find(&Roots::here(), name)?;
    let one = index::choose(&*store, leaves, choice).and_then(|leaf| oci::image(&*store, &leaf));
    Ok(image(&store, name, one.map_err(told)?))
}

/// Opens an image for every platform that is here.
pub(super) fn open_all(name: &str, asked: Option<&str>) -> Result<Platforms, SourceError> {
    let (store, leaves) = find(&Roots::here(), name)?;
    let (index, leaves) = index::choose_all(&*store, leaves, asked)?;
    let (images, absent) = oci::images(&*store, &leaves).map_err(told)?;
    let image = |one| Opened::Image(image(&store, name, one));
    Ok(Platforms {
        index,
        images: images.into_iter().map(image).collect(),
        absent,
    })
}

fn image(
    store: &Arc<Store>,
    asked: &str,
    (mut info, layers, config): oci::Described,
) -> Box<dyn Image> {
    info.source = format!("containerd:{asked}");
    Box::new(oci::stored(store, (info, layers, config)))
}

/// What is damaged in an archive is something else here.
fn told(error: SourceError) -> SourceError {
    match error {
        SourceError::Missing(what) => ContainerdError::Incomplete(what).into(),
        SourceError::Read(_, error) if is_denied(&error) => ContainerdError::Denied(error).into(),
        error => error,
    }
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// Where to look.
struct Roots {
    /// Folders, the first one first.
    folders: Vec<PathBuf>,
    /// The only namespace to look into; `None` for all.
    namespace: Option<String>,
}

impl Roots {
    fn here() -> Roots {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let folders = match set(ROOT) {
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
        Roots { folders, namespace }
    }
}

/// The blobs, and what an image has of them.
fn find(roots: &Roots, asked: &str) -> Result<(Arc<Store>, Vec<Leaf>), SourceError> {
    let mut there = Vec::new();
    let mut failed: Option<io::Error> = None;
    let mut looked = false;
    for root in &roots.folders {
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
        let namespace = roots.namespace.as_deref();
        let looked_up = bolt
            .view(|view| look_up(view, asked, namespace))
            .map_err(|error| {
                let path = path.to_string_lossy().into_owned();
                ContainerdError::Names { path, error }
            })?;
        match looked_up {
            LookUp::Found(target) => {
                let store = Arc::new(Store::Folder(root.join(CONTENT)));
                let leaves = index::below(&*store, *target).map_err(told)?;
                return Ok((store, leaves));
            }
            LookUp::There(names) => there.extend(names),
        }
    }
    let denied = failed.filter(is_denied);
    Err(match (looked, denied) {
        (true, _) => {
            there.sort_unstable();
            there.dedup();
            let asked = asked.to_owned();
            ContainerdError::NoSuchImage { asked, there }
        }
        (false, Some(error)) => ContainerdError::Denied(error),
        (false, None) => {
            let words = |root: &PathBuf| root.to_string_lossy().into_owned();
            ContainerdError::Nowhere(roots.folders.iter().map(words).collect())
        }
    }
    .into())
}

/// What a look for a name found.
enum LookUp {
    /// What the name stands for, with the name in full.
    Found(Box<Descriptor>),
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
        for name in full_names(asked) {
            if let Some(image) = view.bucket(&images, name.as_bytes())?
                && let Some(mut target) = target(view, &image)?
            {
                target.annotations.containerd_name = Some(name);
                return Ok(LookUp::Found(Box::new(target)));
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

/// What a name may be in full: `alpine` is `docker.io/library/alpine:latest`.
fn full_names(asked: &str) -> Vec<String> {
    let mut names = vec![asked.to_owned()];
    names.extend(asked.parse::<Name>().map(|name| name.to_string()));
    let last = asked.rsplit('/').next().unwrap_or(asked);
    if !last.contains(':') {
        // Nobody has to give a name its registry.
        names.push(format!("{asked}:latest"));
    }
    names
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
