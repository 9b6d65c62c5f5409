//! The documents of the trimmed image, and its layers. What comes in is the old image
//! and a plan; what goes out is blobs in a sink: a config that says what was done, and
//! what lists the layers.
//!
//! Facts: OCI image specification, manifest.md, config.md, image-layout.md; the list
//! `manifest.json` of `docker save` (Docker image specification 1.2, "Combined Image
//! JSON + Filesystem Changeset Format").

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde_json::{Map, Value, json};

use super::cut::{CutError, cut};
use super::error::of_layer;
use super::pack::Packer;
use super::plan::{Cut, Plan};
use super::sink::{BlobError, Put, Sink};
use super::{Target, TrimError};
use crate::analysis::Analysis;
use crate::codec::{Compression, Stream};
use crate::digest::Digest;
use crate::rootfs::LayerNo;
use crate::source::{Blob, Format, Image, ImageInfo, Stated};

/// What the history says of a layer that was cut.
const REMARK: &str = "trimmed by imgsize";
const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";

/// A layer of the new image.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) no: LayerNo,
    pub(super) digest: Digest,
    pub(super) size: u64,
    pub(super) diff_id: Digest,
    pub(super) compression: Compression,
    /// How many members went; `None` of a layer that is as it was.
    pub(super) members: Option<usize>,
    /// The blob that it was.
    pub(super) was: Digest,
}

/// Writes the whole image, base layer first.
pub(super) fn write(
    image: &dyn Image,
    before: &Analysis,
    plan: &Plan,
    target: &Target,
    sink: &mut Sink,
) -> Result<Vec<Written>, TrimError> {
    let config = image.config_bytes();
    let config = config.ok_or(TrimError::Config("it was not kept; save the image first"))?;
    let mut layers = Vec::new();
    for no in 0..before.fs.layers().len() {
        let gone = plan.cuts.get(&(no as LayerNo));
        layers.push(layer(image, before, no, gone, sink)?);
    }
    let config = edited(config, &layers)?;
    let (config, ()) = sink.blob(|out| Ok(out.write_all(&config)?))?;
    match target.format {
        Format::DockerArchive => {
            let list = docker_list(config, &layers, target.tag.as_deref());
            sink.document("manifest.json", list.to_string().as_bytes())?;
        }
        Format::OciArchive | Format::OciLayout => {
            let manifest = manifest(&before.info, config, &layers).to_string();
            let (manifest, ()) = sink.blob(|out| Ok(out.write_all(manifest.as_bytes())?))?;
            let index = index(&before.info, manifest, target.tag.as_deref());
            sink.document("index.json", index.to_string().as_bytes())?;
            sink.document("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        }
    }
    Ok(layers)
}

/// One layer: cut, or copied.
fn layer(
    image: &dyn Image,
    before: &Analysis,
    no: usize,
    gone: Option<&Cut>,
    sink: &mut Sink,
) -> Result<Written, TrimError> {
    let known = &before.fs.layers()[no];
    let layer_no = no as LayerNo;
    let changed = || TrimError::Changed(layer_no);
    // Of a layer that was read whole both are known.
    let (was, diff_id) = known
        .digest
        .zip(known.diff_id)
        .ok_or(TrimError::Gone(layer_no))?;
    let source: Box<dyn Read + Send> = match image.open_layer(no)? {
        Blob::Window(window) => Box::new(window),
        Blob::Stream(stream) => stream,
        Blob::Remote(remote) => remote.stream(),
        Blob::Passed(_) | Blob::Absent => return Err(TrimError::Gone(layer_no)),
    };
    let compression = known.compression;
    let written = |put: Put, diff_id, members| Written {
        no: layer_no,
        digest: put.digest,
        size: put.size,
        diff_id,
        compression,
        members,
        was,
    };
    let Some(gone) = gone else {
        let (put, ()) = sink.blob(|out| copy(source, layer_no, out))?;
        // By another algorithm it says nothing; the tree is compared in any case.
        let is_other = put.digest != was && was.algorithm() == put.digest.algorithm();
        return match is_other || put.size != known.blob.0 {
            true => Err(changed()),
            false => Ok(written(put, diff_id, None)),
        };
    };
    let stream = Stream::open(source, Some(was), Some(diff_id)).map_err(of_layer(layer_no))?;
    let (put, (sums, diff_id_now)) = sink.blob(|out| {
        let mut packer = Packer::new(out, compression)?;
        let sums = cut(layer_no, stream, gone, &mut packer)?;
        Ok((sums, packer.finish()?))
    })?;
    match (sums.digest, sums.diff_id) == (was, diff_id) {
        true => Ok(written(put, diff_id_now, Some(gone.len()))),
        false => Err(changed()),
    }
}

fn copy(mut source: impl Read, no: LayerNo, out: &mut dyn Write) -> Result<(), BlobError> {
    let mut piece = vec![0; 1 << 18];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => out.write_all(&piece[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(of_layer(no)(error.into()).into()),
        }
    }
}

impl From<CutError> for BlobError {
    fn from(error: CutError) -> BlobError {
        match error {
            CutError::Trim(error) => BlobError::Trim(error),
            CutError::Write(error) => BlobError::Write(error),
        }
    }
}

/// The config with the new diff IDs, and a remark in the history of each layer that was
/// cut; all else as it was.
fn edited(config: &[u8], layers: &[Written]) -> Result<Vec<u8>, TrimError> {
    let broken = TrimError::Config;
    let mut config: Value =
        serde_json::from_slice(config).map_err(|_| broken("it is no JSON that can be edited"))?;
    let cut: BTreeMap<usize, Digest> = layers
        .iter()
        .filter(|layer| layer.members.is_some())
        .map(|layer| (usize::from(layer.no), layer.diff_id))
        .collect();
    let object = config.as_object_mut().ok_or(broken("it is no object"))?;
    let rootfs = only(object, "rootfs")?.and_then(Value::as_object_mut);
    let ids = only(rootfs.ok_or(broken("it has no rootfs"))?, "diff_ids")?;
    let ids = ids.and_then(Value::as_array_mut);
    let ids = ids.filter(|ids| ids.len() == layers.len());
    let ids = ids.ok_or(broken("its diff IDs do not fit the layers"))?;
    for (&no, diff_id) in &cut {
        ids[no] = json!(diff_id.to_string());
    }
    if let Some(history) = only(object, "history")?.and_then(Value::as_array_mut) {
        remark(history, &cut, layers.len())?;
    }
    Ok(config.to_string().into_bytes())
}

/// Where the history fits the layers, their entries say what was done.
fn remark(
    history: &mut [Value],
    cut: &BTreeMap<usize, Digest>,
    layers: usize,
) -> Result<(), TrimError> {
    let mut told = Vec::new();
    for (place, entry) in history.iter_mut().enumerate() {
        let Some(entry) = entry.as_object_mut() else {
            continue;
        };
        if only(entry, "empty_layer")?.and_then(|value| value.as_bool()) != Some(true) {
            told.push(place);
        }
    }
    if told.len() != layers {
        return Ok(());
    }
    for &no in cut.keys() {
        let Some(entry) = history[told[no]].as_object_mut() else {
            continue;
        };
        match only(entry, "comment")? {
            Some(Value::String(comment)) if !comment.is_empty() => {
                comment.push_str("; ");
                comment.push_str(REMARK);
            }
            Some(comment) => *comment = json!(REMARK),
            None => {
                entry.insert("comment".to_owned(), json!(REMARK));
            }
        }
    }
    Ok(())
}

/// The value of a key in whatever case, as the engines look for it; two of them would
/// leave open which is meant.
fn only<'m>(
    map: &'m mut Map<String, Value>,
    key: &str,
) -> Result<Option<&'m mut Value>, TrimError> {
    let mut found = map
        .iter_mut()
        .filter(|(name, _)| name.eq_ignore_ascii_case(key));
    let first = found.next().map(|(_, value)| value);
    match found.next() {
        Some(_) => Err(TrimError::Config("it has a key twice")),
        None => Ok(first),
    }
}

fn descriptor(media_type: &str, digest: Digest, size: u64) -> Value {
    json!({"mediaType": media_type, "digest": digest.to_string(), "size": size})
}

fn manifest(info: &ImageInfo, config: Put, layers: &[Written]) -> Value {
    let layers: Vec<Value> = layers
        .iter()
        .map(|layer| {
            let media_type = match layer.compression {
                Compression::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
                Compression::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
                _ => "application/vnd.oci.image.layer.v1.tar",
            };
            descriptor(media_type, layer.digest, layer.size)
        })
        .collect();
    let mut manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": descriptor(CONFIG_TYPE, config.digest, config.size),
        "layers": layers,
    });
    if let Some(base) = info
        .base
        .as_ref()
        .filter(|base| base.stated == Stated::Annotation)
    {
        manifest["annotations"] = json!({"org.opencontainers.image.base.name": base.name});
        if let Some(digest) = base.digest {
            manifest["annotations"]["org.opencontainers.image.base.digest"] =
                json!(digest.to_string());
        }
    }
    manifest
}

fn index(info: &ImageInfo, manifest: Put, tag: Option<&str>) -> Value {
    let mut own = descriptor(MANIFEST_TYPE, manifest.digest, manifest.size);
    if let Some(platform) = &info.platform {
        own["platform"] = json!({"os": platform.os, "architecture": platform.architecture});
        if let Some(variant) = &platform.variant {
            own["platform"]["variant"] = json!(variant);
        }
    }
    if let Some(tag) = tag {
        own["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    }
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [own],
    })
}

fn docker_list(config: Put, layers: &[Written], tag: Option<&str>) -> Value {
    let path = |digest: Digest| format!("blobs/sha256/{}", digest.hex());
    let layers: Vec<String> = layers.iter().map(|layer| path(layer.digest)).collect();
    let tags: Vec<&str> = tag.into_iter().collect();
    json!([{"Config": path(config.digest), "RepoTags": tags, "Layers": layers}])
}
