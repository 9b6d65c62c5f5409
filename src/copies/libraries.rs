//! Native libraries that several packages bring along, each its own.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Copy, Repeated, Thing};
use crate::owner::{Attribution, OwnerId};
use crate::rootfs::{NodeId, Rootfs};
use crate::units::Bytes;

/// Libraries under the names that people know; of all others their own name is as
/// good. A name fits if the file's begins so.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "OpenBLAS",
        &["libopenblas", "libscipy_openblas", "libopenblasp"],
    ),
    ("Intel MKL", &["libmkl_"]),
    ("OpenMP", &["libgomp", "libiomp5", "libomp"]),
    ("GCC Fortran runtime", &["libgfortran", "libquadmath"]),
    ("cuBLAS", &["libcublas"]),
    ("cuDNN", &["libcudnn"]),
    ("cuFFT", &["libcufft"]),
    ("cuRAND", &["libcurand"]),
    ("cuSOLVER", &["libcusolver"]),
    ("cuSPARSE", &["libcusparse"]),
    ("CUDA runtime", &["libcudart"]),
    ("CUDA NVRTC", &["libnvrtc"]),
    ("NCCL", &["libnccl"]),
    ("OpenSSL", &["libssl", "libcrypto"]),
    ("FFmpeg", &["libavcodec", "libavformat", "libavfilter"]),
    ("HDF5", &["libhdf5"]),
    ("Arrow", &["libarrow", "libparquet"]),
    ("protobuf", &["libprotobuf", "libprotoc"]),
    ("ICU", &["libicu"]),
    ("LLVM", &["libLLVM"]),
    ("Qt", &["libQt5", "libQt6"]),
    ("libvips", &["libvips"]),
    ("GDAL", &["libgdal"]),
    ("PROJ", &["libproj"]),
    ("GEOS", &["libgeos"]),
    ("PostgreSQL client", &["libpq"]),
    ("libstdc++", &["libstdc++"]),
    ("JPEG", &["libjpeg", "libturbojpeg"]),
    ("TIFF", &["libtiff"]),
    ("WebP", &["libwebp"]),
    ("FreeType", &["libfreetype"]),
    ("HarfBuzz", &["libharfbuzz"]),
    ("SQLite", &["libsqlite3"]),
    ("libcurl", &["libcurl"]),
    ("libxml2", &["libxml2"]),
];

/// Smaller ones are not worth a word.
const SMALLEST: Bytes = Bytes(100_000);

/// Libraries that more than one owner has, most bytes first. Of one owner its files of
/// a library are one copy.
pub fn libraries(fs: &Rootfs, attribution: &Attribution) -> Vec<Repeated> {
    let mut found: BTreeMap<String, BTreeMap<OwnerId, Copy>> = BTreeMap::new();
    for (id, file) in fs.live() {
        let body = fs.body(id);
        if body.size < SMALLEST {
            continue;
        }
        let Some(name) = library(fs, file) else {
            continue;
        };
        let owner = attribution.of(id);
        let copy = found.entry(name).or_default().entry(owner).or_insert(Copy {
            owner,
            file: Some(file),
            live: Bytes::ZERO,
        });
        copy.live += body.size;
        // The first by path stands for all.
        if copy
            .file
            .is_some_and(|known| fs.path(file) < fs.path(known))
        {
            copy.file = Some(file);
        }
    }
    let mut several: Vec<Repeated> = found
        .into_iter()
        .filter(|(_, copies)| copies.len() > 1)
        .map(|(name, copies)| Repeated::new(Thing::Library, name, copies.into_values().collect()))
        .collect();
    several.sort_by_key(|found| Reverse(found.reclaimable()));
    several
}

/// What library a file is; `None` for what is none.
fn library(fs: &Rootfs, file: NodeId) -> Option<String> {
    let name = std::str::from_utf8(fs.name(file)).ok()?;
    let (stem, _) = name.split_once(".so")?;
    if !stem.starts_with("lib") {
        // A module of an interpreter, not a library.
        return None;
    }
    let known = KNOWN
        .iter()
        .find(|(_, starts)| starts.iter().any(|start| name.starts_with(start)));
    Some(known.map_or_else(
        || without_hash(stem).to_owned(),
        |(name, _)| (*name).to_owned(),
    ))
}

/// auditwheel names `libfoo-0123abcd.so` what was `libfoo.so` (PEP 513 wheels).
fn without_hash(stem: &str) -> &str {
    match stem.rsplit_once('-') {
        Some((stem, hash)) if hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            stem
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_wheels_library_is_no_part_of_its_name() {
        assert_eq!(without_hash("libfoo-0123abcd"), "libfoo");
        assert_eq!(without_hash("libfoo-1"), "libfoo-1");
        assert_eq!(without_hash("libfoo-versions"), "libfoo-versions");
    }
}
