//! Images in a registry (OCI distribution specification). What comes in is a
//! reference; what goes out is an image whose layers stream from the socket.
//!
//! `oci-client` (once `oci-distribution`) gives the media types and the errors'
//! envelope. Its client is not used: it reads a manifest of any length,
//! follows a realm or a redirect wherever they lead, and keeps `Retry-After` to
//! itself. What is done here instead is `reqwest`, on which it stands too.

mod auth;
mod blob;
mod error;
mod http;
mod session;

use std::sync::Arc;

use oci_distribution::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};

use self::blob::RemoteBlob;
pub use self::error::RegistryError;
use self::http::Ask;
use self::session::{Document, Session};
use super::document::{LARGEST_DOCUMENT, parse};
use super::manifest::{Descriptor, Manifest};
use super::shelf::Shelf;
use super::{
    Blob, Choice, Image, ImageInfo, Name, Net, Opened, Platforms, Remark, SourceError, index, oci,
};
use crate::digest::Digest;
use crate::path::brief;

/// What the registry of Docker Hub is called, whose name is another.
const HUB_HOST: &str = "registry-1.docker.io";
/// Tags to be told where the right one was not found.
const LARGEST_TAGS: u64 = 1 << 20;

/// An image in a registry.
struct Registry {
    info: ImageInfo,
    session: Arc<Session>,
    blobs: Vec<Option<(Digest, u64)>>,
    config: Vec<u8>,
}

impl Image for Registry {
    fn info(&self) -> &ImageInfo {
        &self.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        match self.blobs.get(no) {
            Some(&Some((digest, size))) => Ok(Blob::Remote(Arc::new(RemoteBlob {
                session: Arc::clone(&self.session),
                digest,
                size,
            }))),
            _ => Ok(Blob::Absent),
        }
    }

    fn config_bytes(&self) -> Option<&[u8]> {
        Some(&self.config)
    }

    fn traffic(&self) -> Option<super::Traffic> {
        let (requests, bytes) = self.session.traffic();
        Some(super::Traffic {
            requests,
            bytes: crate::units::Bytes(bytes),
        })
    }
}

/// Opens the one image that is meant; `choice.image` is for archives.
pub(super) fn open(name: &str, choice: &Choice, net: &Net) -> Result<Box<dyn Image>, SourceError> {
    let found = Found::find(name, net)?;
    let leaves = index::below(&found, found.root.clone())?;
    let choice = Choice {
        image: None,
        platform: choice.platform.clone(),
    };
    let leaf = index::choose(&found, leaves, &choice)?;
    let one = oci::image(&found, &leaf)?;
    Ok(found.image(one))
}

/// Opens the image for every platform that it is there for.
pub(super) fn open_all(name: &str, net: &Net) -> Result<Platforms, SourceError> {
    let found = Found::find(name, net)?;
    let leaves = index::below(&found, found.root.clone())?;
    let (index, leaves) = index::choose_all(&found, leaves, None)?;
    let (images, absent) = oci::images(&found, &leaves)?;
    Ok(Platforms {
        index,
        images: images
            .into_iter()
            .map(|one| Opened::Image(found.image(one)))
            .collect(),
        absent,
    })
}

/// What a name leads to.
struct Found {
    reference: Name,
    session: Arc<Session>,
    root: Descriptor,
    /// What `root` describes: it came with the answer for the name.
    document: Vec<u8>,
}

impl Found {
    fn find(name: &str, net: &Net) -> Result<Found, SourceError> {
        let reference: Name = name.parse().map_err(RegistryError::Name)?;
        let (session, document) = connect(&reference, net)?;
        let digest = Digest::sha256(&document.bytes);
        let manifest: Manifest = parse(&format!("the manifest of {reference}"), &document.bytes)
            .map_err(|error| said_instead(&document, error))?;
        if manifest.is_schema_1() {
            return Err(oci::schema_1());
        }
        let digest = match reference.digest {
            Some(promised) => {
                if !promised.matches(&document.bytes) {
                    let what = promised.to_string();
                    return Err(SourceError::Mismatch {
                        what,
                        found: digest,
                    });
                }
                promised
            }
            None => digest,
        };
        // Of the two it is the content that decides what is done with it.
        let media_type = match (&manifest.media_type, &manifest.manifests) {
            (Some(media_type), _) => media_type.clone(),
            (None, Some(_)) => OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned(),
            (None, None) => document.media_type.clone(),
        };
        let root = Descriptor {
            media_type,
            digest: digest.to_string(),
            size: document.bytes.len() as u64,
            ..Descriptor::default()
        };
        Ok(Found {
            reference,
            session: Arc::new(session),
            root,
            document: document.bytes,
        })
    }

    fn image(&self, (mut info, layers, config): oci::Described) -> Box<dyn Image> {
        info.name = self.reference.to_string();
        info.source = format!("registry:{}", info.name);
        let warnings = self.session.warnings().into_iter();
        info.remarks.extend(warnings.map(Remark::Credentials));
        let sizes = info.layers.iter().map(|layer| layer.size.0);
        let blobs = layers.into_iter().zip(sizes);
        Box::new(Registry {
            session: Arc::clone(&self.session),
            blobs: blobs.map(|(digest, size)| Some((digest?, size))).collect(),
            info,
            config,
        })
    }
}

/// Asks for the manifest, by the safest way that the registry has.
fn connect(reference: &Name, net: &Net) -> Result<(Session, Document), SourceError> {
    let host = match reference.registry.as_str() {
        "docker.io" => HUB_HOST,
        host => host,
    };
    let mut last = None;
    for scheme in schemes(host, net) {
        let session = Session::new(net, scheme, host, reference)?;
        match manifest(&session, reference) {
            Ok(document) => return Ok((session, document)),
            Err(SourceError::Registry(
                error @ (RegistryError::Unreachable { .. } | RegistryError::Untrusted { .. }),
            )) => {
                // What HTTPS met says more, unless nothing was there at all.
                last.get_or_insert(error);
            }
            Err(SourceError::Registry(RegistryError::NotFound { host, what, .. })) => {
                let tags = tags(&session, reference);
                return Err(RegistryError::NotFound { host, what, tags }.into());
            }
            Err(error) => return Err(error),
        }
    }
    let nothing = || RegistryError::Unreachable {
        host: host.to_owned(),
        why: "there is no way to it".to_owned(),
    };
    Err(last.unwrap_or_else(nothing).into())
}

/// As docker has it: registries on this machine, and those that the user says so
/// of, may speak plain HTTP.
fn schemes(host: &str, net: &Net) -> &'static [&'static str] {
    let url = format!("https://{host}/").parse();
    let is_here = url.is_ok_and(|url| http::is_loopback(&url));
    match net.insecure || is_here {
        true => &["https", "http"],
        false => &["https"],
    }
}

/// Every kind of manifest. The last two are asked for so that it can be said what
/// they are.
fn accept() -> String {
    [
        OCI_IMAGE_INDEX_MEDIA_TYPE,
        OCI_IMAGE_MEDIA_TYPE,
        IMAGE_MANIFEST_LIST_MEDIA_TYPE,
        IMAGE_MANIFEST_MEDIA_TYPE,
        "application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1",
        "application/vnd.docker.distribution.manifest.v1+json;q=0.1",
    ]
    .join(", ")
}

fn manifest(session: &Session, reference: &Name) -> Result<Document, SourceError> {
    let digest = reference.digest.map(|digest| digest.to_string());
    let name = digest.or_else(|| reference.tag.clone());
    let path = format!("manifests/{}", name.as_deref().unwrap_or("latest"));
    session.document(&path, Some(&accept()), LARGEST_DOCUMENT)
}

/// Some tags that are there; none where the registry does not tell.
fn tags(session: &Session, reference: &Name) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Tags {
        tags: Option<Vec<String>>,
    }
    if reference.digest.is_some() {
        return Vec::new();
    }
    let listed = session.once("tags/list?n=100", LARGEST_TAGS);
    let listed = listed.and_then(|json| serde_json::from_slice(&json).ok());
    listed
        .and_then(|listed: Tags| listed.tags)
        .unwrap_or_default()
}

/// What came in place of a manifest.
fn said_instead(document: &Document, error: SourceError) -> SourceError {
    match document.media_type.as_str() {
        media_type if media_type.contains("json") => error,
        media_type => SourceError::NoImage {
            what: format!(
                "the registry sends {} in place of a manifest",
                brief(media_type)
            ),
            hint: "is this a registry at all? a proxy or a login page may stand before it",
        },
    }
}

impl Shelf for Found {
    fn fetch(
        &self,
        document: &Descriptor,
        digest: Digest,
        limit: u64,
    ) -> Result<Vec<u8>, SourceError> {
        if document.digest == self.root.digest {
            return Ok(self.document.clone());
        }
        let is_manifest =
            document.media_type.contains("manifest") || document.media_type.contains("image.index");
        let kind = if is_manifest { "manifests" } else { "blobs" };
        // Not in the words of the descriptor, which are a stranger's.
        let accept = is_manifest.then(accept);
        match self
            .session
            .document(&format!("{kind}/{digest}"), accept.as_deref(), limit)
        {
            Err(SourceError::Registry(RegistryError::NotFound { .. })) => {
                Err(SourceError::Missing(digest.to_string()))
            }
            found => found.map(|found| found.bytes),
        }
    }

    fn is_far(&self) -> bool {
        true
    }

    /// Of the repository that the user named, and no other.
    fn may_hold(&self, name: &str) -> bool {
        let own = &self.reference;
        name.parse::<Name>()
            .is_ok_and(|name| name.registry == own.registry && name.repository == own.repository)
    }

    fn blob_size(&self, layer: &Descriptor, digest: Digest) -> Result<u64, SourceError> {
        // A foreign layer's addresses are a stranger's, and nobody goes there; some
        // registries hold it themselves.
        if oci::is_foreign(layer) {
            let one = Ask {
                range: Some((0, 0)),
                ..Ask::default()
            };
            self.session
                .ask(&format!("blobs/{digest}"), one)
                .map_err(|error| match error {
                    RegistryError::NotFound { .. } => SourceError::Missing(digest.to_string()),
                    error => error.into(),
                })?;
        }
        Ok(layer.size)
    }
}

#[cfg(test)]
mod tests;
