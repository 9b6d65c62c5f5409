//! The base that the user names: its layers are compared with the image's.

use super::{Answer, Confidence, Evidence, Facts, Title, familiar};
use crate::digest::Digest;
use crate::path::brief;
use crate::rootfs::LayerNo;
use crate::source::{ImageInfo, Promise};

/// What is known of a base image: its name and its layers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Known {
    name: String,
    digest: Option<Digest>,
    layers: Vec<KnownLayer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
struct KnownLayer {
    diff_id: Option<Digest>,
    blob: Option<Digest>,
}

/// Why an image does not stand on a base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the base of this image: {}", brief(.base), .why)]
pub struct NotBase {
    base: String,
    why: String,
}

impl NotBase {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        "tags move on: name the base as it was when the image was built, NAME@sha256:…, \
         or leave `--base` out"
    }
}

impl Known {
    /// A base by its documents.
    pub fn of(info: &ImageInfo) -> Known {
        let layers = info.layers.iter().map(|layer| KnownLayer {
            diff_id: layer.diff_id,
            blob: layer.digest,
        });
        Known {
            name: info.name.clone(),
            digest: Some(info.digest),
            layers: layers.collect(),
        }
    }

    /// A base of an engine, which says what its layers are before it sends them.
    pub fn promised(name: &str, promise: &Promise) -> Known {
        let layers = promise.diff_ids.iter().map(|&diff_id| KnownLayer {
            diff_id: Some(diff_id),
            blob: None,
        });
        Known {
            name: name.to_owned(),
            digest: None,
            layers: layers.collect(),
        }
    }

    /// How many layers of the image are this base's; an error says how far they agree.
    pub fn fit(&self, info: &ImageInfo) -> Result<LayerNo, NotBase> {
        let not = |why: String| NotBase {
            base: self.name.clone(),
            why,
        };
        if self.layers.is_empty() {
            return Err(not("it has no layers".to_owned()));
        }
        let pairs = || self.layers.iter().zip(&info.layers);
        let same = |(base, own): &(&KnownLayer, &crate::source::LayerInfo)| match (
            base.diff_id,
            own.diff_id,
        ) {
            (Some(base), Some(own)) => base == own,
            _ => base.blob.is_some() && base.blob == own.digest,
        };
        let agree = pairs().take_while(same).count();
        if agree == self.layers.len() {
            return LayerNo::try_from(agree).map_err(|_| not("it has too many layers".to_owned()));
        }
        let agreeing = match agree {
            0 => String::new(),
            1 => ", the 1 below it agrees".to_owned(),
            count => format!(", the {count} below it agree"),
        };
        let (base, own) = (self.layers.len(), info.layers.len());
        if agree == own {
            return Err(not(format!(
                "it has {base} layers and goes on where the image ends, at its {own}"
            )));
        }
        let blobs = match pairs().nth(agree) {
            Some((base, own)) if base.blob.is_some() && base.blob == own.digest => {
                "; the blobs are the same, so that one of the configs is wrong"
            }
            _ => "",
        };
        let of = format!("of the base's {base}");
        Err(not(format!(
            "layer {agree} {of} is another one here{agreeing}{blobs}"
        )))
    }

    /// Who asks for a report with this base asks for another one than without.
    pub fn key(&self) -> String {
        let layers = self.layers.iter().map(|layer| format!("{layer:?}"));
        let text = format!(
            "{} {:?} {}",
            self.name,
            self.digest,
            layers.collect::<String>()
        );
        Digest::sha256(text.as_bytes()).to_string()
    }

    pub(super) fn answer(&self, facts: &Facts<'_>) -> Option<Answer> {
        Some(Answer {
            layers: self.fit(facts.info).ok()?,
            evidence: Evidence::Given,
            confidence: Confidence::Exact,
            title: Some(Title {
                name: familiar(&self.name),
                digest: self.digest,
                by: Evidence::Given,
            }),
        })
    }
}
