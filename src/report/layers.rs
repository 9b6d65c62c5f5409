//! The rows of layers. What comes in is an analysis; what goes out is a row a layer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::Analysis;
use crate::codec::Compression;
use crate::layer::Reading;
use crate::units::Bytes;

/// One layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LayerRow {
    /// Base layer 0.
    pub index: usize,
    /// Of the blob; null where no manifest promises it and seeking skipped it.
    pub digest: Option<String>,
    /// Of the plain tar, as the config promises it.
    pub diff_id: Option<String>,
    /// As the manifest states it, else as the compression implies it.
    pub media_type: String,
    /// `none`, `gzip` or `zstd`, by the blob's first bytes.
    pub compression: String,
    /// File contents.
    pub stored: Bytes,
    /// The blob's size.
    pub download: Bytes,
    /// Tar headers, padding and end markers, uncompressed; at least so much where
    /// `read` is `toc`, as a table of contents tells of no extension headers.
    pub overhead: Bytes,
    /// What the tar overhead takes of the blob.
    pub download_overhead: Bytes,
    /// Are the download shares inside the blob exact, or estimated: inside a
    /// compressed block (zstd), or up to the next file (eStargz by its table of
    /// contents)?
    pub download_exact: bool,
    /// Members of the tar.
    pub entries: u64,
    /// Of the contents, in the final filesystem.
    pub live: Bytes,
    /// Of the contents, overwritten or deleted by this or a later layer.
    pub lost: Bytes,
    /// Contents of lower layers that this layer overwrote or deleted.
    pub removed: Bytes,
    /// Did it come with the base image?
    pub base: bool,
    /// Was it read in full and found to be what its digest promises?
    pub verified: bool,
    /// How it was read: `whole`; `headers` where bodies were jumped over; `toc`
    /// where the table of contents inside the blob stands for the rest of it;
    /// `absent` where the blob is not there.
    pub read: String,
    /// The stored bytes that this row and all that is said of the layer's files rest
    /// on, whenever they were fetched; null where bodies were jumped over.
    pub fetched: Option<Bytes>,
    /// The instruction that made it; null if the history does not tell.
    pub created_by: Option<String>,
    /// The first and the last line of that instruction in the Dockerfile, from 1; null
    /// where none was given, and where `untied` says why it cannot be told.
    #[serde(default)]
    pub lines: Option<[usize; 2]>,
    /// Why no line of the Dockerfile that was given made it; null where one did.
    #[serde(default)]
    pub untied: Option<String>,
    /// A digest of what it brings: paths, kinds, modes, owners, sizes, links and
    /// contents, without times, without order and without compiled Python; null where a
    /// content was not read, and of a layer with nothing in it. XXH3, in hexadecimal.
    #[serde(default)]
    pub content: Option<String>,
    /// The same without the contents: what differs in it differs, what does not may.
    #[serde(default)]
    pub outline: Option<String>,
}

pub(super) fn layers(analysis: &Analysis) -> Vec<LayerRow> {
    let fs = &analysis.fs;
    let infos = &analysis.info.layers;
    let mut rows: Vec<LayerRow> = fs
        .layers()
        .iter()
        .zip(infos)
        .enumerate()
        .map(|(index, (layer, info))| LayerRow {
            index,
            digest: info
                .digest
                .or(layer.digest)
                .map(|digest| digest.to_string()),
            diff_id: info.diff_id.map(|digest| digest.to_string()),
            media_type: info
                .media_type
                .clone()
                .unwrap_or_else(|| implied_type(layer.compression).to_owned()),
            compression: layer.compression.name().to_owned(),
            stored: Bytes::ZERO,
            download: layer.blob,
            overhead: layer.overhead,
            download_overhead: layer.download_overhead(),
            download_exact: match layer.toc() {
                Some(toc) => toc.exact,
                None => layer.compression != Compression::Zstd,
            },
            entries: layer.entries.len() as u64,
            live: Bytes::ZERO,
            lost: Bytes::ZERO,
            removed: Bytes::ZERO,
            base: index < usize::from(analysis.base.layers),
            verified: layer.is_verified(),
            read: reading(&layer.read).to_owned(),
            fetched: layer.fetched(),
            created_by: info.created_by.clone(),
            lines: None,
            untied: None,
            content: layer.content().map(hex),
            outline: layer.outline().map(hex),
        })
        .collect();
    for (_, body) in fs.bodies() {
        let row = &mut rows[usize::from(body.layer)];
        row.stored += body.size;
        match body.lost {
            None => row.live += body.size,
            Some(loss) => {
                row.lost += body.size;
                if loss.layer != body.layer {
                    rows[usize::from(loss.layer)].removed += body.size;
                }
            }
        }
    }
    rows
}

fn reading(read: &Reading) -> &'static str {
    match read {
        Reading::Whole => "whole",
        Reading::Headers => "headers",
        Reading::Toc(_) => "toc",
        Reading::Absent => "absent",
    }
}

/// Docker's archives state no media types; these are what its registry would.
fn implied_type(compression: Compression) -> &'static str {
    match compression {
        Compression::Gzip => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        Compression::Zstd => "application/vnd.docker.image.rootfs.diff.tar.zstd",
        _ => "application/vnd.docker.image.rootfs.diff.tar",
    }
}

fn hex(digest: u128) -> String {
    format!("{digest:032x}")
}
