//! The pipeline. What comes in is an opened image; what goes out is the finished
//! model, which nothing changes afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use crate::base::{self, Base, Known};
use crate::config::Mapping;
use crate::digest::Digest;
use crate::layer::{Candidate, Layer, Oddity, Want};
use crate::owner::{self, Attribution, Claims, Malformed, Scene};
use crate::rootfs::{LayerNo, Rootfs, Strange};
use crate::scan::{
    How, Listener, Members, ScanError, hash_replaced, pass, pass_all, remember, scan,
};
use crate::source::{Image, ImageInfo, Opened, Passage, Platforms, Remark};

/// What the user wants of an analysis, besides how its bytes are read.
#[derive(Debug, Default, Clone)]
pub struct Wishes {
    /// Whose files are, whatever anybody else says.
    pub mapping: Mapping,
    /// The base image, whatever the evidence says.
    pub base: Option<Arc<Known>>,
}

impl Wishes {
    /// Tells wishes apart that lead to different reports; empty for none.
    pub fn key(&self) -> String {
        let base = self.base.as_ref().map(|base| format!(" on {}", base.key()));
        format!("{}{}", self.mapping.key(), base.unwrap_or_default())
    }
}

/// An image with every byte in its account.
pub struct Analysis {
    /// What the image says of itself.
    pub info: ImageInfo,
    /// The merged filesystem and all bodies, with the layers.
    pub fs: Rootfs,
    /// Whose each body is.
    pub attribution: Attribution,
    /// Which layers came with the base.
    pub base: Base,
    /// What was strange, layer by layer.
    pub warnings: Vec<Warning>,
}

/// Something strange that did not keep an image from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// About the image's documents.
    Image(Remark),
    /// About a layer's tar.
    Layer(LayerNo, Oddity),
    /// About a layer's effect on the tree.
    Stack(LayerNo, Strange),
    /// A package database that could not be read; its detector.
    Database(&'static str, Malformed),
    /// The plain tar is not what the config promises: a known fault of some tools
    /// that convert images; the blob itself is what the manifest promises.
    DiffId(LayerNo),
}

/// What to keep of a file's content: for the detectors, and for telling the base.
fn keep(file: &Candidate<'_>) -> Want {
    match (owner::keep(file), base::wants(file)) {
        (wanted, 0) => wanted,
        (Want::Head(bytes), more) => Want::Head(bytes.max(more)),
        (_, more) => Want::Head(more),
    }
}

/// Reads an image and closes its books.
pub fn analyze(
    image: &dyn Image,
    how: &How,
    wishes: &Wishes,
    listener: &Listener<'_>,
) -> Result<Analysis, ScanError> {
    let layers = scan(image, &keep, how, listener)?;
    close(image, layers, how, wishes)
}

/// [`analyze`], of whatever was opened.
pub fn analyze_opened(
    opened: Opened,
    how: &How,
    wishes: &Wishes,
    listener: &Listener<'_>,
) -> Result<Analysis, ScanError> {
    match opened {
        Opened::Image(image) => analyze(&*image, how, wishes, listener),
        Opened::Passage(passage) => {
            let (image, layers) = pass(*passage, &keep, how, listener)?;
            close(&*image, layers, how, wishes)
        }
    }
}

/// Lets every platform of an image pass by; [`analyze_passed`] is for each.
pub fn pass_platforms(
    passage: Passage,
    listener: &Listener<'_>,
) -> Result<(Platforms, Members), ScanError> {
    pass_all(passage, &keep, listener)
}

/// [`analyze`], of an image that has passed by.
pub fn analyze_passed(
    image: &dyn Image,
    members: &mut Members,
    how: &How,
    wishes: &Wishes,
    listener: &Listener<'_>,
) -> Result<Analysis, ScanError> {
    let layers = members.scan(image, &keep, how, listener)?;
    close(image, layers, how, wishes)
}

/// From an image's layers to its closed books.
fn close(
    image: &dyn Image,
    layers: Vec<Arc<Layer>>,
    how: &How,
    wishes: &Wishes,
) -> Result<Analysis, ScanError> {
    let info = image.info().clone();
    let known = wishes.base.as_deref();
    known.map(|known| known.fit(&info)).transpose()?;
    let base = base::find(&info, &layers, known);
    // What is lost keeps the owner that it had, so the detectors are asked each
    // time before a layer loses something, while the tree still has it. A package
    // whose list named a file before it was there is rare, and would only be
    // denied a lost one; of what is live they are asked anew, unless things only
    // went since they were asked.
    let mut before: BTreeMap<LayerNo, Claims> = BTreeMap::new();
    let mut fs = Rootfs::stack(layers, &mut |fs, layer| {
        let scene = Scene::new(fs, &info.config, base.layers).mapped(&wishes.mapping);
        let earlier = before.iter_mut().next_back().map(|(&earlier, claims)| {
            claims.keep_lost_in(fs, earlier);
            &*claims
        });
        let claims = owner::claim(&scene, earlier);
        before.insert(layer, claims);
    })?;
    // Reading contents, sorting files and asking detectors have nothing to do with each
    // other.
    let (hashes, sorted, last) = thread::scope(|scope| {
        let hashes = scope.spawn(|| hash_replaced(image, &fs));
        let sorted = scope.spawn(|| owner::sort(&fs));
        let earlier = before.last_key_value().map(|(_, claims)| claims);
        let earlier = earlier.filter(|claims| claims.written == fs.written());
        let scene = Scene::new(&fs, &info.config, base.layers).mapped(&wishes.mapping);
        let last = owner::claim(&scene, earlier);
        (joined(hashes), joined(sorted), last)
    });
    let learned = hashes?;
    for (layer, learned) in &learned {
        fs.learn(*layer, learned);
    }
    remember(&info, &fs, &learned, how);
    fs.settle();
    let attribution = Attribution::settle(&fs, base.layers, &before, &last, sorted);
    let warnings = warnings(&info, &fs, last.malformed);
    Ok(Analysis {
        info,
        fs,
        attribution,
        base,
        warnings,
    })
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    let result = thread.join();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn warnings(
    info: &ImageInfo,
    fs: &Rootfs,
    malformed: Vec<(&'static str, Malformed)>,
) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = info.remarks.iter().cloned().map(Warning::Image).collect();
    for (no, layer) in fs.layers().iter().enumerate() {
        let layer_no = no as LayerNo;
        let odd = layer.oddities.iter().cloned();
        warnings.extend(odd.map(|oddity| Warning::Layer(layer_no, oddity)));
        // By another algorithm they say nothing of each other.
        let is_wrong = |(found, promised): (Digest, Digest)| {
            found != promised && found.algorithm() == promised.algorithm()
        };
        if layer
            .diff_id
            .zip(info.layers[no].diff_id)
            .is_some_and(is_wrong)
        {
            warnings.push(Warning::DiffId(layer_no));
        }
    }
    warnings.extend(
        fs.strange()
            .iter()
            .cloned()
            .map(|(no, strange)| Warning::Stack(no, strange)),
    );
    warnings.extend(
        malformed
            .into_iter()
            .map(|(id, bad)| Warning::Database(id, bad)),
    );
    warnings
}
