//! Which layers came with the base image. What comes in is what the image's
//! documents say and what its layers hold; what goes out is a boundary, the
//! evidence for it, and how sure that is.
//!
//! It is a ladder: the first rung that answers decides. One file a rung.

mod buildpacks;
mod families;
mod history;
mod known;
mod os;
mod provenance;
mod stated;

pub use known::{Known, NotBase};
pub use os::wants;

use crate::digest::Digest;
use crate::layer::Layer;
use crate::rootfs::LayerNo;
use crate::source::{BaseName, ImageInfo, Name, Stated};
use os::Os;

/// The boundary between the base image and what was built on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    /// How many layers, from the lowest, are the base's.
    pub layers: LayerNo,
    /// How that is known.
    pub evidence: Evidence,
    /// How sure it is; `None` where nothing tells of a base.
    pub confidence: Option<Confidence>,
    /// What the base is called, as people write it; `None` if nothing tells.
    pub name: Option<String>,
    /// How the name is known: not always as the boundary is.
    pub named_by: Evidence,
    /// Of the base's manifest or index, where it is stated.
    pub digest: Option<Digest>,
    /// The operating system that the base's layers hold, in its own words.
    pub os: Option<String>,
}

/// How the base is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Evidence {
    /// The user named it, and its layers are there.
    Given,
    /// An annotation of the manifest or of an index above it.
    Annotation,
    /// What the lifecycle of Cloud Native Buildpacks writes down.
    Buildpacks,
    /// The provenance that BuildKit attests.
    Provenance,
    /// A label of the config. Children inherit it: a base may be named by its own.
    Label,
    /// The history: the last words of a known image, or what else ends one.
    History,
    /// The first layer holds an operating system: its release file or its
    /// package database. A guess: a base image of several layers ends later.
    OsInFirstLayer,
    /// Nothing tells of a base.
    #[default]
    None,
}

/// How sure a boundary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// The base's own layers were compared, or its builder wrote down the last one.
    Exact,
    /// The builder attests it.
    High,
    /// It fits what such images look like.
    Medium,
    /// A guess.
    Low,
}

impl Evidence {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Given => "given",
            Evidence::Annotation => "annotation",
            Evidence::Buildpacks => "buildpacks",
            Evidence::Provenance => "provenance",
            Evidence::Label => "label",
            Evidence::History => "history",
            Evidence::OsInFirstLayer => "os-in-first-layer",
            Evidence::None => "none",
        }
    }
}

impl Confidence {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Exact => "exact",
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        }
    }
}

/// What a rung may look at.
struct Facts<'f> {
    info: &'f ImageInfo,
    /// The operating system of the lowest layer that has one; `None` where there is
    /// none, or no layer was read.
    os: Option<Os>,
}

/// What a rung answers.
struct Answer {
    layers: LayerNo,
    evidence: Evidence,
    confidence: Confidence,
    title: Option<Title>,
}

/// What a base is called.
struct Title {
    name: String,
    digest: Option<Digest>,
    by: Evidence,
}

/// The ladder, strongest evidence first; above it stands what the user says.
const RUNGS: &[fn(&Facts<'_>) -> Option<Answer>] = &[
    stated::annotated,
    buildpacks::answer,
    provenance::answer,
    stated::labelled,
    history::answer,
    os::answer,
];

/// Who may name a base that another rung found the end of, strongest first.
const NAMERS: &[fn(&Facts<'_>) -> Option<Title>] =
    &[stated::annotation, provenance::title, stated::label];

/// Finds the base of an image whose layers were read.
pub fn find(info: &ImageInfo, layers: &[impl AsRef<Layer>], known: Option<&Known>) -> Base {
    let os = os::find(layers);
    climb(&Facts { info, os }, known)
}

/// Finds the base by the image's documents alone.
pub fn outline(info: &ImageInfo, known: Option<&Known>) -> Base {
    climb(&Facts { info, os: None }, known)
}

fn climb(facts: &Facts<'_>, known: Option<&Known>) -> Base {
    let given = known.and_then(|known| known.answer(facts));
    let Some(answer) = given.or_else(|| RUNGS.iter().find_map(|rung| rung(facts))) else {
        return Base::default();
    };
    // Who was sure of the layers knows the name too; else the best name has it.
    let sure = answer
        .title
        .filter(|_| answer.confidence == Confidence::Exact);
    let title = match sure {
        Some(title) => Some(title),
        None => NAMERS
            .iter()
            .find_map(|namer| namer(facts))
            .or_else(|| history::title(facts, answer.layers)),
    };
    let by = title.as_ref().map(|title| title.by);
    let (name, digest) = title.map(|title| (title.name, title.digest)).unzip();
    let os = facts.os.as_ref().filter(|os| os.layer < answer.layers);
    Base {
        layers: answer.layers,
        evidence: answer.evidence,
        confidence: Some(answer.confidence),
        name,
        named_by: by.unwrap_or_default(),
        digest: digest.flatten(),
        os: os.and_then(|os| os.pretty.clone()),
    }
}

impl Title {
    fn of(base: &BaseName) -> Title {
        Title {
            name: familiar(&base.name),
            digest: base.digest,
            by: match base.stated {
                Stated::Annotation => Evidence::Annotation,
                Stated::Label => Evidence::Label,
                Stated::Provenance => Evidence::Provenance,
            },
        }
    }
}

/// A reference as people write it: `docker.io/library/python:3.11` is `python:3.11`.
fn familiar(reference: &str) -> String {
    let Ok(name) = reference.parse::<Name>() else {
        return reference.to_owned();
    };
    let repository = match name.registry.as_str() {
        "docker.io" => {
            let path = name.repository.strip_prefix("library/");
            path.unwrap_or(&name.repository).to_owned()
        }
        registry => format!("{registry}/{}", name.repository),
    };
    match name.tag {
        // Nobody wrote it: it is what no tag means.
        Some(tag) if tag != "latest" || reference.contains(":latest") => {
            format!("{repository}:{tag}")
        }
        _ => repository,
    }
}

/// The last part of a name's path, which families of images go by.
fn family_of(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split(':').next().unwrap_or(last)
}

/// How many of the image's layers are these, if they are its lowest.
fn prefix(diff_ids: &[Digest], info: &ImageInfo) -> Option<LayerNo> {
    let own = info.layers.iter().map(|layer| layer.diff_id);
    let same = own
        .zip(diff_ids)
        .take_while(|(own, base)| *own == Some(**base));
    match same.count() == diff_ids.len() && !diff_ids.is_empty() {
        true => LayerNo::try_from(diff_ids.len()).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests;
