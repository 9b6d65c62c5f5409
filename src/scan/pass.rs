//! The layers of an archive that passes by once: each is indexed before anybody
//! knows whether it is one, and whose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Event, How, Listener, MOST_LAYERS, ScanError, Sum, as_promised, failed, read};
use crate::cache::Key;
use crate::codec::{CodecError, Stream};
use crate::digest::Digest;
use crate::layer::{Keep, Layer, LayerError, index_stream};
use crate::source::{Blob, Image, LayerInfo, Passage, Passing, Platforms, Promise};
use crate::tarfile::TarError;
use crate::units::Bytes;

/// Members that are read to their end for nothing. One may unpack to gigabytes, and
/// real archives have none.
const MOST_BROKEN: usize = 16;

/// An image of which nothing is left to be read, and its layers, base first.
pub type Passed = (Box<dyn Image>, Vec<Arc<Layer>>);

/// Lets an archive pass by and indexes its image. Of one that passed by before, and
/// whose layers are all in the cache, no byte is asked for.
pub fn pass(
    mut passage: Passage,
    keep: &Keep<'_>,
    how: &How,
    listener: &Listener<'_>,
) -> Result<Passed, ScanError> {
    if let Some(known) = remembered(&passage, how) {
        return Ok(known);
    }
    let promise = passage.promise().cloned();
    let mut members = members(&mut passage, keep, listener)?;
    let image = passage.finish()?;
    let layers = members.scan(&*image, keep, how, listener)?;
    remember(promise, &*image, how);
    Ok((image, layers))
}

/// [`pass`], for every platform of the image; [`Members::scan`] gives the layers of each.
pub fn pass_all(
    mut passage: Passage,
    keep: &Keep<'_>,
    listener: &Listener<'_>,
) -> Result<(Platforms, Members), ScanError> {
    let members = members(&mut passage, keep, listener)?;
    Ok((passage.finish_all()?, members))
}

/// What became of the members of an archive, by their numbers.
pub struct Members(BTreeMap<usize, Result<Arc<Layer>, LayerError>>);

/// Indexes all that may be a layer. What is none is no error: perhaps no image
/// that anybody wants has it.
fn members(
    passage: &mut Passage,
    keep: &Keep<'_>,
    listener: &Listener<'_>,
) -> Result<Members, ScanError> {
    let mut members = BTreeMap::new();
    // The limits of one image hold for all of them: each layer is in memory.
    let mut sum = Sum::default();
    let mut broken = 0;
    loop {
        let before = passage.passed();
        listener(Event::Streamed(before));
        let Some(member) = passage.member()? else {
            return Ok(Members(members));
        };
        let no = member.no;
        let passed = |bytes| listener(Event::Streamed(before + Bytes(bytes)));
        let layer = index(member, keep, &passed);
        match &layer {
            Ok(layer) => sum.add(layer)?,
            Err(error) if is_cheap(error) => {}
            Err(_) => broken += 1,
        }
        if broken > MOST_BROKEN {
            return Err(ScanError::Sum("are damaged, over 16 of them"));
        }
        members.insert(no, layer.map(Arc::new));
    }
}

fn index(member: Passing<'_>, keep: &Keep<'_>, passed: &dyn Fn(u64)) -> Result<Layer, LayerError> {
    let digest = member.digest;
    index_stream(Stream::open(member, digest, None)?, keep, passed)
}

/// Was it seen at once that it is no layer?
fn is_cheap(error: &LayerError) -> bool {
    matches!(
        error,
        LayerError::Tar(TarError::NoTar)
            | LayerError::Codec(CodecError::Unsupported(..) | CodecError::Empty)
    )
}

impl Members {
    /// The layers of an image that the archive was about; not to be asked again once it
    /// has failed.
    pub fn scan(
        &mut self,
        image: &dyn Image,
        keep: &Keep<'_>,
        how: &How,
        listener: &Listener<'_>,
    ) -> Result<Vec<Arc<Layer>>, ScanError> {
        let infos = &image.info().layers;
        if infos.len() > MOST_LAYERS {
            return Err(ScanError::TooMany(infos.len()));
        }
        let mut kept = BTreeSet::new();
        let mut sum = Sum::default();
        let mut layers = Vec::new();
        for (no, info) in infos.iter().enumerate() {
            let failed = |error| failed(image, no, error);
            let blob = image.open_layer(no).map_err(|error| failed(error.into()))?;
            let layer = match blob {
                Blob::Passed(member) => {
                    let layer = match self.0.get(&member) {
                        Some(Ok(layer)) => as_promised(layer, info).map(|()| checked(layer, info)),
                        _ => match self.0.remove(&member) {
                            Some(Err(error)) => Err(error),
                            _ => Err(CodecError::Empty.into()),
                        },
                    };
                    let layer = layer.map_err(|error| failed(error.into()))?;
                    if let Some((key, cache)) = Key::of(info).zip(how.cache.as_deref())
                        && kept.insert(member)
                    {
                        cache.put(&key, &layer);
                    }
                    layer
                }
                // It is as small as a document, and was kept like one.
                _ => Arc::new(read(image, no, keep, how, listener)?.0),
            };
            sum.add(&layer)?;
            layers.push(layer);
        }
        Ok(layers)
    }
}

/// A layer, without its digests if they are by another algorithm than the only one
/// that is promised: they prove nothing, and nobody knew in time.
fn checked(layer: &Arc<Layer>, info: &LayerInfo) -> Arc<Layer> {
    let algorithm = |digest: Option<Digest>| digest.map(|digest| digest.algorithm());
    let is_other = algorithm(layer.diff_id) != algorithm(info.diff_id);
    if info.digest.is_some() || info.diff_id.is_none() || !is_other {
        return Arc::clone(layer);
    }
    let mut layer = Layer::clone(layer);
    (layer.digest, layer.diff_id) = (None, None);
    Arc::new(layer)
}

/// The image that was promised, if the cache has all of it.
fn remembered(passage: &Passage, how: &How) -> Option<Passed> {
    let cache = how.cache.as_deref().filter(|_| !how.verify)?;
    let info = cache.image(passage.promise()?)?;
    let layer = |info| cache.get(&Key::of(info)?).map(Arc::new);
    let layers = info.layers.iter().map(layer).collect::<Option<_>>()?;
    Some((passage.remembered(info), layers))
}

fn remember(promise: Option<Promise>, image: &dyn Image, how: &How) {
    if let Some((promise, cache)) = promise.zip(how.cache.as_deref()) {
        cache.put_image(&promise, image.info());
    }
}
