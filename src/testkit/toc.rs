//! Blobs with a table of contents, made from a tar by the letter of the formats:
//! eStargz (stargz-snapshotter, docs/estargz.md) and zstd:chunked
//! (containers/storage, pkg/chunked/compressor).

use std::ops::Range;

use serde_json::{Value, json};

use super::{finished, gzip, must, new_tar, put, zstd};
use crate::digest::Digest;
use crate::source::TocPromise;

/// Larger files are stored in pieces of this size.
const CHUNK: usize = 50_000;

/// A tar as an eStargz blob, with the landmark of a blob that nobody sorted.
///
/// # Panics
/// If it is no tar.
pub fn estargz(tar: &[u8]) -> (Vec<u8>, TocPromise) {
    estargz_of(tar, |table| table)
}

/// [`estargz`] with another table, which is vouched for.
///
/// # Panics
/// If it is no tar.
pub fn estargz_of(tar: &[u8], edit: impl Fn(Vec<u8>) -> Vec<u8>) -> (Vec<u8>, TocPromise) {
    let mut landmark = new_tar();
    put(&mut landmark, ".no.prefetch.landmark", &[0xf], 0o644);
    let mut landmark = finished(landmark.into_inner());
    landmark.truncate(1024);
    let tar = [&landmark, tar].concat();

    let mut blob = Vec::new();
    let mut rows = Vec::new();
    let mut open = Vec::new();
    let mut close = |open: &mut Vec<u8>| {
        if !open.is_empty() {
            blob.extend(gzip(open));
            open.clear();
        }
        blob.len()
    };
    let mut end = 0;
    for member in members(&tar) {
        open.extend(&tar[end..member.body.start]);
        end = member.body.end;
        let mut row = member.row;
        let body = &tar[member.body];
        if row["type"] == "reg" {
            row["digest"] = json!(Digest::sha256(body).to_string());
        }
        if body.is_empty() {
            rows.push(row);
            continue;
        }
        for (no, chunk) in body.chunks(CHUNK).enumerate() {
            if no > 0 {
                row = json!({"name": row["name"], "type": "chunk", "chunkOffset": no * CHUNK});
            }
            row["offset"] = json!(close(&mut open));
            row["chunkDigest"] = json!(Digest::sha256(chunk).to_string());
            if chunk.len() == CHUNK {
                row["chunkSize"] = json!(CHUNK);
            }
            rows.push(row.clone());
            open.extend(chunk);
        }
    }
    open.extend(&tar[end..end.next_multiple_of(512)]);
    let start = close(&mut open);

    let table = edit(table(&rows));
    let mut member = new_tar();
    put(&mut member, "stargz.index.json", &table, 0);
    blob.extend(gzip(&finished(member.into_inner())));
    blob.extend([
        0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, b'S', b'G', 22, 0,
    ]);
    blob.extend(format!("{start:016x}STARGZ").into_bytes());
    blob.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    let digest = Digest::sha256(&table);
    (blob, TocPromise::Stargz { digest })
}

/// A tar as a zstd:chunked blob, as containers/storage writes it today.
///
/// # Panics
/// If it is no tar.
pub fn zstd_chunked(tar: &[u8]) -> (Vec<u8>, TocPromise) {
    zstd_chunked_of(tar, |table| table)
}

/// [`zstd_chunked`] with another table, which is vouched for.
///
/// # Panics
/// If it is no tar.
pub fn zstd_chunked_of(tar: &[u8], edit: impl Fn(Vec<u8>) -> Vec<u8>) -> (Vec<u8>, TocPromise) {
    chunked(tar, false, edit)
}

/// A tar as a zstd:chunked blob, as skopeo wrote it until 2022; the annotation of
/// the table's place is missing.
///
/// # Panics
/// If it is no tar.
pub fn old_zstd_chunked(tar: &[u8]) -> (Vec<u8>, TocPromise) {
    chunked(tar, true, |table| table)
}

fn chunked(tar: &[u8], old: bool, edit: impl Fn(Vec<u8>) -> Vec<u8>) -> (Vec<u8>, TocPromise) {
    let mut blob = Vec::new();
    let mut rows = Vec::new();
    let mut end = 0;
    for member in members(tar) {
        let mut row = member.row;
        row["modtime"] = json!("1970-01-01T00:00:00Z");
        let header = &tar[end..member.body.start];
        end = member.body.end;
        let body = &tar[member.body];
        blob.extend(zstd(header));
        if body.is_empty() {
            rows.push(row);
            continue;
        }
        row["digest"] = json!(Digest::sha256(body).to_string());
        let (first, pieces) = (rows.len(), body.chunks(CHUNK).len());
        for (no, chunk) in body.chunks(CHUNK).enumerate() {
            if no > 0 {
                row = json!({"name": row["name"], "type": "chunk", "chunkOffset": no * CHUNK});
            }
            row["offset"] = json!(blob.len());
            if pieces > 1 {
                row["chunkSize"] = json!(chunk.len());
                row["chunkDigest"] = json!(Digest::sha256(chunk).to_string());
            }
            if chunk.iter().all(|&byte| byte == 0) {
                row["chunkType"] = json!("zeros");
            }
            rows.push(row.clone());
            blob.extend(zstd(chunk));
        }
        rows[first]["endOffset"] = json!(blob.len());
    }
    blob.extend(zstd(&tar[end..]));

    let plain = edit(table(&rows));
    let table = zstd(&plain);
    let start = blob.len() + 8;
    skippable(&mut blob, &table);
    let mut numbers = vec![start, table.len(), plain.len(), 1];
    let mut magic = *b"GnUlInUx";
    if !old {
        let split = zstd(b"{}");
        numbers.extend([blob.len() + 8, split.len(), 2]);
        skippable(&mut blob, &split);
        magic = *b"GNUlInUx";
    }
    let mut footer: Vec<u8> = numbers
        .iter()
        .flat_map(|&number| (number as u64).to_le_bytes())
        .collect();
    footer.extend(magic);
    skippable(&mut blob, &footer);
    let position = format!("{start}:{}:{}:1", table.len(), plain.len());
    let promise = TocPromise::ZstdChunked {
        digest: Digest::sha256(&table),
        position: (!old).then_some(position),
    };
    (blob, promise)
}

fn skippable(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend([0x50, 0x2a, 0x4d, 0x18]);
    blob.extend((bytes.len() as u32).to_le_bytes());
    blob.extend(bytes);
}

fn table(rows: &[Value]) -> Vec<u8> {
    json!({"version": 1, "entries": rows})
        .to_string()
        .into_bytes()
}

/// A member of a tar: its row without offsets, and where its body is.
struct Member {
    row: Value,
    body: Range<usize>,
}

fn members(tar: &[u8]) -> Vec<Member> {
    let mut archive = tar::Archive::new(tar);
    let entries = must(archive.entries());
    let member = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let entry = must(entry);
        let header = entry.header();
        let kind = header.entry_type();
        let name = match kind {
            tar::EntryType::Directory => "dir",
            tar::EntryType::Symlink => "symlink",
            tar::EntryType::Link => "hardlink",
            tar::EntryType::Char => "char",
            tar::EntryType::Block => "block",
            tar::EntryType::Fifo => "fifo",
            _ => "reg",
        };
        let start = entry.raw_file_position() as usize;
        let size = entry.size() as usize;
        let mut row = json!({
            "name": String::from_utf8_lossy(&entry.path_bytes()),
            "type": name,
            // As Go writes it where the tar itself holds the type too.
            "mode": must(header.mode()) | if name == "dir" { 0o40000 } else { 0o100_000 },
            "uid": header.uid().unwrap_or_default(),
            "gid": header.gid().unwrap_or_default(),
        });
        if let Some(link) = entry.link_name_bytes() {
            row["linkName"] = json!(String::from_utf8_lossy(&link));
        }
        if size > 0 {
            row["size"] = json!(size);
        }
        Member {
            row,
            body: start..start + size,
        }
    };
    entries.map(member).collect()
}
