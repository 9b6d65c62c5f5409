//! Images written as text, for tests. What comes in is a case; what goes out is
//! an image in memory, a tar of its layers, or an archive on disk.
//!
//! ```text
//! f 90 usr/lib/big.a      # a file of 90 bytes; its content follows from its path
//! f 90 usr/lib/big.a v2   # another content of that size
//! m 90 usr/lib/big.a      # the first content again, with other permissions
//! t etc/os-release os.txt # a file with the content of os.txt beside the case
//! d srv                   # a directory
//! l usr/lib64 lib         # a symbolic link to `lib`
//! h usr/bin/b usr/bin/a   # another name of usr/bin/a
//! w usr/lib/big.a         # a whiteout
//! o var/cache             # an opaque directory
//! x app/main.py import os\nx = 1   # a file of this text
//! i COPY app /app         # the instruction that made this layer
//! c Cmd ["python"]        # a part of the config, as JSON
//! base 1                  # how many layers are the base's
//! ---                     # the next layer
//! ===                     # what is expected
//! ```

mod layout;
mod pair;
mod remote;
mod toc;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

pub use layout::oci_index;
use layout::{put_blob, put_index};
pub use pair::{pair, touched};
pub use remote::{Counts, RemoteImage};
pub use toc::{estargz, estargz_of, old_zstd_chunked, zstd_chunked, zstd_chunked_of};

use serde_json::{Value, json};

use crate::digest::Digest;
use crate::source::{Blob, Config, Image, ImageInfo, LayerInfo, Platform, SourceError};
use crate::units::Bytes;

/// A case: layers and what is expected of them.
pub struct Case {
    /// The plain tar of each layer, base first.
    pub layers: Vec<Vec<u8>>,
    /// What its config states: OS and architecture, as old builders do.
    pub platform: Platform,
    /// The instruction of each layer, where the case tells one.
    pub instructions: Vec<Option<String>>,
    /// How it is to be run.
    pub config: Value,
    /// How many layers are the base's, where the case tells it.
    pub base: Option<usize>,
    /// What stands behind `===`, without comments and blank lines.
    pub expected: String,
}

impl Case {
    /// Reads a case from a file.
    ///
    /// # Panics
    /// If it is no case: the kit is for tests.
    pub fn load(path: &Path) -> Case {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Case::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads a case from text; `t` lines read files in `folder`.
    ///
    /// # Panics
    /// If it is no case: the kit is for tests.
    pub fn parse(text: &str, folder: &Path) -> Case {
        let mut layers = vec![new_tar()];
        let mut expected = None;
        let mut instructions = vec![None];
        let mut config = json!({"WorkingDir": "/app"});
        let mut base = None;
        for line in text.lines() {
            match line.split_once(' ').filter(|_| expected.is_none()) {
                Some(("i", line)) => {
                    instructions.pop();
                    instructions.push(Some(line.trim().to_owned()));
                    continue;
                }
                Some(("c", line)) => {
                    let (key, value) = line.split_once(' ').unwrap_or((line, "null"));
                    config[key] = serde_json::from_str(value)
                        .unwrap_or_else(|error| panic!("{line}: {error}"));
                    continue;
                }
                Some(("base", count)) => {
                    base = count.trim().parse().ok();
                    continue;
                }
                Some(("x", line)) => {
                    let (path, text) = line.split_once(' ').unwrap_or((line, ""));
                    let text = text.replace("\\n", "\n");
                    if let Some(tar) = layers.last_mut() {
                        put(tar, path, text.as_bytes(), 0o644);
                    }
                    continue;
                }
                _ => {}
            }
            let line = line.split(" #").next().unwrap_or_default().trim_end();
            match (line, &mut expected, layers.last_mut()) {
                ("", _, _) => {}
                (line, _, _) if line.starts_with('#') => {}
                ("===", none @ None, _) => *none = Some(String::new()),
                (line, Some(text), _) => {
                    text.push_str(line);
                    text.push('\n');
                }
                ("---", None, _) => {
                    layers.push(new_tar());
                    instructions.push(None);
                }
                (line, None, Some(tar)) => append(tar, line, folder),
                (_, None, None) => {}
            }
        }
        let layers = layers
            .into_iter()
            .map(|tar| finished(tar.into_inner()))
            .collect();
        Case {
            layers,
            platform: Platform::new("linux", "amd64", None),
            instructions,
            config,
            base,
            expected: expected.unwrap_or_default(),
        }
    }

    /// The case as an image, its layers compressed by `pack`.
    pub fn image(&self, pack: impl Fn(&[u8]) -> Vec<u8>) -> FakeImage {
        let blobs: Vec<Vec<u8>> = self.layers.iter().map(|tar| pack(tar)).collect();
        let info = self.info(&blobs);
        FakeImage { info, blobs }
    }

    fn info(&self, blobs: &[Vec<u8>]) -> ImageInfo {
        let layers = self
            .layers
            .iter()
            .zip(blobs)
            .enumerate()
            .map(|(no, (tar, blob))| LayerInfo {
                digest: Some(Digest::sha256(blob)),
                diff_id: Some(Digest::sha256(tar)),
                media_type: None,
                size: Bytes(blob.len() as u64),
                created_by: Some(self.instruction(no)),
                toc: None,
            })
            .collect();
        ImageInfo {
            name: "case".to_owned(),
            source: "testkit:case".to_owned(),
            digest: Digest::sha256(b"case"),
            platform: Some(self.platform.clone()),
            config: must(
                serde_json::from_value::<Config>(self.config.clone()).map_err(io::Error::other),
            ),
            layers,
            steps: Vec::new(),
            base: None,
            provenance: None,
            remarks: Vec::new(),
        }
    }

    /// The case as `docker save` writes it.
    ///
    /// # Panics
    /// If memory cannot be written to.
    pub fn docker_archive(&self, tag: &str, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        Case::docker_archive_of(&[(tag, self)], pack)
    }

    /// Several cases with their tags, as `docker save` writes them.
    ///
    /// # Panics
    /// If memory cannot be written to.
    pub fn docker_archive_of(cases: &[(&str, &Case)], pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let mut tar = new_tar();
        let mut list = Vec::new();
        let mut count = 0;
        for (tag, case) in cases {
            let mut names = Vec::new();
            for layer in &case.layers {
                let name = format!("{count}/layer.tar");
                count += 1;
                put(&mut tar, &name, &pack(layer), 0o644);
                names.push(name);
            }
            let config = case.config().to_string().into_bytes();
            let config_name = format!("{}.json", Digest::sha256(&config).hex());
            put(&mut tar, &config_name, &config, 0o644);
            list.push(json!({"Config": config_name, "RepoTags": [tag], "Layers": names}));
        }
        let list = Value::from(list).to_string();
        put(&mut tar, "manifest.json", list.as_bytes(), 0o644);
        finished(tar.into_inner())
    }

    /// Writes the case as an OCI layout into a folder.
    ///
    /// # Panics
    /// If the folder cannot be written to.
    pub fn oci_layout(&self, folder: &Path, tag: &str, pack: impl Fn(&[u8]) -> Vec<u8>) {
        let mut manifest = self.put_manifest(folder, pack);
        manifest["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        put_index(folder, &manifest);
    }

    /// Writes the blobs of the case into a layout; its manifest's descriptor.
    fn put_manifest(&self, folder: &Path, pack: impl Fn(&[u8]) -> Vec<u8>) -> Value {
        let config = put_blob(
            folder,
            "application/vnd.oci.image.config.v1+json",
            self.config().to_string().as_bytes(),
        );
        let layers: Vec<Value> = self
            .layers
            .iter()
            .map(|layer| {
                put_blob(
                    folder,
                    "application/vnd.oci.image.layer.v1.tar",
                    &pack(layer),
                )
            })
            .collect();
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        put_blob(
            folder,
            "application/vnd.oci.image.manifest.v1+json",
            manifest.to_string().as_bytes(),
        )
    }

    fn instruction(&self, layer: usize) -> String {
        let told = self.instructions.get(layer).cloned().flatten();
        told.unwrap_or_else(|| format!("RUN step {layer}"))
    }

    fn config(&self) -> Value {
        let diff_ids: Vec<String> = self
            .layers
            .iter()
            .map(|layer| Digest::sha256(layer).to_string())
            .collect();
        let history: Vec<Value> = (0..self.layers.len())
            .map(|no| json!({"created_by": self.instruction(no)}))
            .collect();
        json!({
            "os": self.platform.os, "architecture": self.platform.architecture, "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
        })
    }
}

/// An image in memory.
pub struct FakeImage {
    /// What it says of itself.
    pub info: ImageInfo,
    /// Its layers as stored.
    pub blobs: Vec<Vec<u8>>,
}

impl Image for FakeImage {
    fn info(&self) -> &ImageInfo {
        &self.info
    }

    fn open_layer(&self, no: usize) -> Result<Blob, SourceError> {
        Ok(Blob::Stream(Box::new(io::Cursor::new(
            self.blobs[no].clone(),
        ))))
    }
}

/// As stored without compression.
pub fn plain(tar: &[u8]) -> Vec<u8> {
    tar.to_vec()
}

/// As stored with gzip.
///
/// # Panics
/// If memory cannot be written to.
pub fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    must(encoder.write_all(tar));
    must(encoder.finish())
}

/// As stored with zstd.
///
/// # Panics
/// If memory cannot be written to.
pub fn zstd(tar: &[u8]) -> Vec<u8> {
    must(zstd::encode_all(tar, 3))
}

fn must<T>(result: io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("the test kit: {error}"))
}

fn new_tar() -> tar::Builder<Vec<u8>> {
    tar::Builder::new(Vec::new())
}

fn finished(tar: io::Result<Vec<u8>>) -> Vec<u8> {
    must(tar)
}

fn append(tar: &mut tar::Builder<Vec<u8>>, line: &str, folder: &Path) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let size = |text: &str| text.parse().unwrap_or_else(|_| panic!("no size: {line}"));
    match *words.as_slice() {
        ["f", bytes, path] => put(tar, path, &content(path, "", size(bytes)), 0o644),
        ["f", bytes, path, variant] => put(tar, path, &content(path, variant, size(bytes)), 0o644),
        ["m", bytes, path] => put(tar, path, &content(path, "", size(bytes)), 0o755),
        ["t", path, file] => {
            let bytes =
                fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            put(tar, path, &bytes, 0o644);
        }
        ["d", path] => link(tar, path, "", tar::EntryType::Directory),
        ["l", path, target] => link(tar, path, target, tar::EntryType::Symlink),
        ["h", path, target] => link(tar, path, target, tar::EntryType::Link),
        ["w", path] => {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            put(
                tar,
                format!("{folder}/.wh.{name}").trim_start_matches('/'),
                b"",
                0o644,
            );
        }
        ["o", path] => put(tar, &format!("{path}/.wh..wh..opq"), b"", 0o644),
        _ => panic!("no line of a case: {line}"),
    }
}

/// Bytes that follow from a file's name, the same wherever the file lies.
fn content(path: &str, variant: &str, size: usize) -> Vec<u8> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let seed = xxhash_rust::xxh3::xxh3_64(format!("{name} {variant}").as_bytes());
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(size)
    .collect()
}

fn put(tar: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8], mode: u32) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(mode);
    must(tar.append_data(&mut header, path, bytes));
}

fn link(tar: &mut tar::Builder<Vec<u8>>, path: &str, target: &str, kind: tar::EntryType) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(0);
    header.set_mode(0o755);
    if target.is_empty() {
        must(tar.append_data(&mut header, path, io::empty()));
    } else {
        must(tar.append_link(&mut header, path, target));
    }
}
