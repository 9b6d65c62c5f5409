//! Which manifest is meant: the index.json of a layout, and the indexes in it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::base::BaseName;
use super::document::{LARGEST_DOCUMENT, parse};
use super::manifest::{Descriptor, Manifest};
use super::oci::{platform_of, same_digest, same_name, schema_1};
use super::shelf::{Shelf, document};
use super::{Choice, Every, Platform, SourceError, Store};
use crate::digest::Digest;

const INDEX: &str = "index.json";
/// The index.json of a layout may list every image of a mirror.
pub(super) const LARGEST_INDEX: u64 = 20 << 20;
/// All the indexes in it together; one that is listed twice is read twice.
const LARGEST_SUM: u64 = 64 << 20;
/// Indexes in indexes: two are usual, more is an attack.
const DEEPEST: usize = 8;
/// Manifests of which a server is asked one by one, twice each.
const MOST_ASKED: usize = 100;
/// More images than any layout of ours to look at one by one.
const MOST_LEAVES: usize = 50_000;

/// A manifest that some index lists.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) descriptor: Descriptor,
    pub(super) digest: Digest,
    /// Its tag, or that of the index that it is in, which all in there share.
    pub(super) name: Option<Rc<str>>,
    /// The digests of the indexes above it, outermost first.
    above: Vec<Digest>,
    /// What an index says that it stands on.
    pub(super) base: Option<BaseName>,
    /// The manifest of what is attested of it.
    pub(super) attestation: Option<Rc<Descriptor>>,
    /// By its index, else by its config; `None` until the latter is asked.
    pub(super) platform: Option<Platform>,
}

/// Every manifest of a layout, those in nested indexes too.
pub(super) fn leaves(store: &Store) -> Result<Vec<Leaf>, SourceError> {
    let index: Manifest = parse(INDEX, &store.small(INDEX, LARGEST_INDEX)?)?;
    let mut walk = Walk::new(store);
    for descriptor in index.manifests.unwrap_or_default() {
        let name = name_of(&descriptor);
        walk.collect(descriptor, name, Vec::new(), None)?;
    }
    Ok(walk.finish())
}

/// Every manifest at and below a descriptor.
pub(super) fn below(shelf: &dyn Shelf, target: Descriptor) -> Result<Vec<Leaf>, SourceError> {
    let mut walk = Walk::new(shelf);
    let name = name_of(&target);
    walk.collect(target, name, Vec::new(), None)?;
    Ok(walk.finish())
}

struct Walk<'s> {
    shelf: &'s dyn Shelf,
    leaves: Vec<Leaf>,
    /// By the digest of the manifest that they are about.
    attestations: HashMap<String, Rc<Descriptor>>,
    /// How many bytes of nested indexes may still be read.
    left: u64,
}

impl<'s> Walk<'s> {
    fn new(shelf: &'s dyn Shelf) -> Walk<'s> {
        Walk {
            shelf,
            leaves: Vec::new(),
            attestations: HashMap::new(),
            left: LARGEST_SUM,
        }
    }

    /// Adds the manifests at and below a descriptor.
    fn collect(
        &mut self,
        descriptor: Descriptor,
        name: Option<Rc<str>>,
        above: Vec<Digest>,
        base: Option<&BaseName>,
    ) -> Result<(), SourceError> {
        let digest: Digest = descriptor.digest.parse()?;
        let broken = |why: &str| SourceError::Document {
            what: digest.to_string(),
            why: why.to_owned(),
        };
        if above.len() > DEEPEST || above.contains(&digest) {
            return Err(broken("indexes are nested over 8 deep, or in a circle"));
        }
        if self.leaves.len() >= MOST_LEAVES {
            return Err(broken("there are over 50,000 images"));
        }
        let own = descriptor.annotations.base();
        let base = own.as_ref().or(base);
        if !is_index(&descriptor.media_type) {
            if is_attestation(&descriptor) {
                self.attest(descriptor);
            } else {
                let platform = descriptor.platform.as_ref().map(|doc| doc.platform());
                let platform = platform.filter(Platform::is_whole);
                self.leaves.push(Leaf {
                    descriptor,
                    digest,
                    name,
                    above,
                    base: base.cloned(),
                    attestation: None,
                    platform,
                });
            }
            return Ok(());
        }
        let document: Manifest = match document(self.shelf, &descriptor, LARGEST_DOCUMENT) {
            Ok(json) => {
                let left = self.left.checked_sub(json.len() as u64);
                self.left = left.ok_or_else(|| SourceError::TooLarge {
                    what: "what the nested indexes hold together".to_owned(),
                    limit: LARGEST_SUM,
                })?;
                parse(&digest.to_string(), &json)?
            }
            // A store keeps indexes whose other platforms were never pulled.
            Err(SourceError::Missing(_)) if !above.is_empty() => return Ok(()),
            Err(error) => return Err(error),
        };
        if document.is_schema_1() {
            return Err(schema_1());
        }
        if document.layers.is_some() {
            return Err(broken("it is an index and a manifest at once"));
        }
        let mut above = above;
        above.push(digest);
        let own = document.annotations.base();
        let base = own.as_ref().or(base);
        for inner in document.manifests.unwrap_or_default() {
            let name = name_of(&inner).or_else(|| name.clone());
            self.collect(inner, name, above.clone(), base)?;
        }
        Ok(())
    }
}

impl Walk<'_> {
    /// Puts an attestation down; of several about one manifest the first.
    fn attest(&mut self, descriptor: Descriptor) {
        let annotations = &descriptor.annotations;
        let is_meant = annotations.reference_type.as_deref() == Some("attestation-manifest");
        if let Some(about) = annotations.reference_digest.clone().filter(|_| is_meant)
            && self.attestations.len() < MOST_LEAVES
        {
            self.attestations
                .entry(about)
                .or_insert(Rc::new(descriptor));
        }
    }

    /// The manifests, each with what is attested of it.
    fn finish(mut self) -> Vec<Leaf> {
        for leaf in &mut self.leaves {
            leaf.attestation = self.attestations.get(&leaf.descriptor.digest).cloned();
        }
        self.leaves
    }
}

fn name_of(descriptor: &Descriptor) -> Option<Rc<str>> {
    let annotations = &descriptor.annotations;
    let name = annotations.containerd_name.as_deref();
    name.or(annotations.ref_name.as_deref()).map(Rc::from)
}

pub(super) fn is_index(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json"
    )
}

fn is_attestation(descriptor: &Descriptor) -> bool {
    let platform = descriptor.platform.as_ref();
    descriptor.annotations.reference_type.is_some()
        || platform.is_some_and(|doc| doc.platform().is_unknown())
}

/// The one leaf that is meant.
pub(super) fn choose(
    shelf: &dyn Shelf,
    leaves: Vec<Leaf>,
    choice: &Choice,
) -> Result<Leaf, SourceError> {
    let (titles, mut named) = named(leaves, choice.image.as_deref())?;
    if named.len() == 1 && choice.platform.is_none() {
        return Ok(named.remove(0));
    }
    ask_platforms(shelf, &mut named)?;
    let asked = choice.platform.clone().unwrap_or_else(Platform::host);
    let mut fitting: Vec<Leaf> = Vec::new();
    let mut there: Vec<String> = Vec::new();
    let one_image = is_one_image(&named);
    for leaf in named {
        match &leaf.platform {
            Some(platform) if asked.accepts(platform) => fitting.push(leaf),
            Some(platform) => there.push(platform.to_string()),
            None => {}
        }
    }
    match fitting.len() {
        1 if one_image || choice.image.is_some() || choice.platform.is_some() => {
            Ok(fitting.remove(0))
        }
        0 if one_image || choice.image.is_some() || choice.platform.is_some() => {
            there.sort_unstable();
            there.dedup();
            Err(SourceError::NoSuchPlatform {
                asked: asked.to_string(),
                there,
            })
        }
        _ => Err(SourceError::Several(titles)),
    }
}

/// The leaves of the one image that is meant, each platform's, in the order of its
/// index; and the digest of that index, unless it is the layout's own index.json.
pub(super) fn choose_all(
    shelf: &dyn Shelf,
    leaves: Vec<Leaf>,
    image: Option<&str>,
) -> Result<(Option<Digest>, Vec<Leaf>), SourceError> {
    let (titles, mut named) = named(leaves, image)?;
    ask_platforms(shelf, &mut named)?;
    // One that an index lists may be there for several versions of Windows; beside
    // one another in index.json, two for one platform are two images.
    let listed = |leaf: &Leaf| !leaf.above.is_empty();
    let platforms: HashSet<_> = named.iter().map(|leaf| &leaf.platform).collect();
    let differ = platforms.len() == named.len();
    if !is_one_image(&named) || !(differ || named.iter().all(listed)) {
        return Err(SourceError::Several(titles));
    }
    Every::check(named.len())?;
    let asked = |digest: &Digest| image.is_some_and(|asked| same_digest(asked, *digest));
    let above = &named[0].above;
    let index = above.iter().copied().find(asked).or(above.first().copied());
    Ok((index, named))
}

/// What there is to choose from; and the leaves of what is asked for, at least one
/// and each manifest once: under several tags it is one image.
fn named(leaves: Vec<Leaf>, image: Option<&str>) -> Result<(Vec<String>, Vec<Leaf>), SourceError> {
    if leaves.is_empty() {
        let why = "it lists no image".to_owned();
        return Err(SourceError::Document {
            what: INDEX.to_owned(),
            why,
        });
    }
    let titles = titles(&leaves);
    let mut seen = HashSet::new();
    let is_asked = |leaf: &Leaf| image.is_none_or(|asked| leaf.is_called(asked));
    let mut named = leaves;
    named.retain(|leaf| is_asked(leaf) && seen.insert(leaf.digest));
    match named.is_empty() {
        false => Ok((titles, named)),
        true => Err(SourceError::NoSuchImage {
            asked: image.unwrap_or_default().to_owned(),
            there: titles,
        }),
    }
}

/// Asks the configs of those whose index does not state a platform.
fn ask_platforms(shelf: &dyn Shelf, leaves: &mut Vec<Leaf>) -> Result<(), SourceError> {
    let mut known = HashMap::new();
    let silent = leaves.iter().filter(|leaf| leaf.platform.is_none()).count();
    if shelf.is_far() && silent > MOST_ASKED {
        return Err(SourceError::Unsupported {
            what: format!("its index lists {silent} manifests without a platform"),
            hint: "name the one that you mean by its digest: NAME@sha256:…",
        });
    }
    for leaf in &mut *leaves {
        if leaf.platform.is_none() {
            leaf.platform = platform_of(shelf, leaf, &mut known)?;
        }
    }
    // What states no platform at all is no image: a signature, a chart.
    if leaves.iter().any(|leaf| leaf.platform.is_some()) {
        leaves.retain(|leaf| leaf.platform.is_some());
    }
    Ok(())
}

/// Are these one image, for several platforms?
fn is_one_image(leaves: &[Leaf]) -> bool {
    let image = |leaf: &Leaf| (leaf.name.clone(), leaf.above.first().copied());
    let images: BTreeSet<_> = leaves.iter().map(image).collect();
    images.len() == 1
}

/// What there is to choose from, each image once.
fn titles(leaves: &[Leaf]) -> Vec<String> {
    let title = |leaf: &Leaf| {
        let digest = leaf.above.first().unwrap_or(&leaf.digest);
        match (&leaf.name, &leaf.platform) {
            (Some(name), _) => Rc::clone(name),
            (None, Some(platform)) => format!("{digest} {platform}").into(),
            (None, None) => digest.to_string().into(),
        }
    };
    let titles: BTreeSet<Rc<str>> = leaves.iter().map(title).collect();
    titles.iter().map(|title| title.to_string()).collect()
}

impl Leaf {
    fn is_called(&self, asked: &str) -> bool {
        self.name
            .as_deref()
            .is_some_and(|name| same_name(asked, name))
            || self
                .above
                .iter()
                .chain([&self.digest])
                .any(|&digest| same_digest(asked, digest))
    }
}
