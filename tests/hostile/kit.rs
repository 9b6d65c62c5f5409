//! Tars, layouts and archives built by hand, where a library would refuse.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use imgsize::digest::Digest;
use serde_json::{Value, json};

/// A tar, byte by byte.
#[derive(Default)]
pub(crate) struct Tar(Vec<u8>);

/// A header with a right checksum.
pub(crate) fn header(name: &[u8], flag: u8, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(tar::EntryType::new(flag));
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    header
}

/// A PAX record with a right length.
pub(crate) fn record(key: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length += 1;
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

impl Tar {
    pub(crate) fn new() -> Tar {
        Tar::default()
    }

    /// Bytes as they are.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Tar {
        self.0.extend(bytes);
        self
    }

    /// A header as it is, its body, and padding.
    pub(crate) fn raw(self, header: &tar::Header, body: &[u8]) -> Tar {
        let padding = vec![0; body.len().next_multiple_of(512) - body.len()];
        self.bytes(header.as_bytes()).bytes(body).bytes(&padding)
    }

    /// An extension header.
    pub(crate) fn extension(self, flag: u8, body: &[u8]) -> Tar {
        self.raw(&header(b"extension", flag, body.len() as u64), body)
    }

    fn entry(self, flag: u8, name: &[u8], link: &[u8], body: &[u8]) -> Tar {
        let mut tar = self;
        let (mut short, mut to) = (name, link);
        if name.len() > 100 {
            tar = tar.extension(b'L', &[name, b"\0"].concat());
            short = b"long";
        }
        if link.len() > 100 {
            tar = tar.extension(b'K', &[link, b"\0"].concat());
            to = b"long";
        }
        let mut header = header(short, flag, body.len() as u64);
        header.as_old_mut().linkname[..to.len()].copy_from_slice(to);
        header.set_cksum();
        tar.raw(&header, body)
    }

    pub(crate) fn file(self, name: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Tar {
        self.entry(b'0', name.as_ref(), b"", body.as_ref())
    }

    pub(crate) fn dir(self, name: impl AsRef<[u8]>) -> Tar {
        self.entry(b'5', name.as_ref(), b"", b"")
    }

    pub(crate) fn symlink(self, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Tar {
        self.entry(b'2', name.as_ref(), target.as_ref(), b"")
    }

    pub(crate) fn hardlink(self, name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Tar {
        self.entry(b'1', name.as_ref(), target.as_ref(), b"")
    }

    /// With the end marker.
    pub(crate) fn end(self) -> Vec<u8> {
        self.bytes(&[0; 1024]).0
    }

    /// Without an end marker.
    pub(crate) fn open(self) -> Vec<u8> {
        self.0
    }
}

/// What is put before the program.
pub(crate) enum Input {
    File(Vec<u8>),
    Folder(BTreeMap<String, Vec<u8>>),
    /// A folder with symbolic links in it: where, and to what.
    Linked(BTreeMap<String, Vec<u8>>, Vec<(String, String)>),
    /// Through the standard input.
    Stdin(Vec<u8>),
}

impl Input {
    /// Writes it; returns what to call it.
    pub(crate) fn write(&self, folder: &Path) -> &'static str {
        let (files, links) = match self {
            Input::Stdin(_) => return "-",
            Input::File(bytes) => {
                fs::write(folder.join("image"), bytes).unwrap();
                return "image";
            }
            Input::Folder(files) => (files, &[][..]),
            Input::Linked(files, links) => (files, links.as_slice()),
        };
        let place = |path: &str| {
            let path = folder.join("image").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            path
        };
        for (path, bytes) in files {
            fs::write(place(path), bytes).unwrap();
        }
        for (path, target) in links {
            symlink(target, place(path)).unwrap();
        }
        "image"
    }
}

impl From<Vec<u8>> for Input {
    fn from(bytes: Vec<u8>) -> Input {
        Input::File(bytes)
    }
}

impl From<Layout> for Input {
    fn from(layout: Layout) -> Input {
        Input::File(archive(&layout.files()))
    }
}

/// Files as a plain tar.
pub(crate) fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let add = |tar: Tar, (path, bytes): (&String, &Vec<u8>)| tar.file(path, bytes);
    files.iter().fold(Tar::new(), add).end()
}

/// Files by name.
pub(crate) fn files<const N: usize>(files: [(&str, Vec<u8>); N]) -> BTreeMap<String, Vec<u8>> {
    let own = |(name, bytes): (&str, Vec<u8>)| (name.to_owned(), bytes);
    files.into_iter().map(own).collect()
}

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

type Edit = Box<dyn Fn(&mut Value)>;

/// An OCI layout whose documents can be spoilt one by one: what refers to a
/// spoilt one is made after it, with its right digest.
pub(crate) struct Layout {
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    config: Value,
    layers: Vec<Value>,
    manifest: Option<Edit>,
    index: Option<Edit>,
}

/// One layer, not compressed.
pub(crate) fn one(tar: Vec<u8>) -> Layout {
    layers(vec![tar])
}

/// Layers, not compressed.
pub(crate) fn layers(tars: Vec<Vec<u8>>) -> Layout {
    let diff_ids: Vec<Digest> = tars.iter().map(|tar| Digest::sha256(tar)).collect();
    packed(tars.into_iter().zip(diff_ids).collect())
}

/// One layer as it is stored, and the diff ID of what it holds.
pub(crate) fn blob(stored: Vec<u8>, plain: &[u8]) -> Layout {
    packed(vec![(stored, Digest::sha256(plain))])
}

/// Layers as they are stored, and their diff IDs.
pub(crate) fn packed(layers: Vec<(Vec<u8>, Digest)>) -> Layout {
    let mut layout = Layout {
        blobs: BTreeMap::new(),
        config: Value::Null,
        layers: Vec::new(),
        manifest: None,
        index: None,
    };
    let ids: Vec<String> = layers.iter().map(|(_, id)| id.to_string()).collect();
    let told: Vec<Value> = ids.iter().map(|_| json!({"created_by": "RUN x"})).collect();
    layout.config = json!({
        "os": "linux", "architecture": "amd64", "config": {}, "history": told,
        "rootfs": {"type": "layers", "diff_ids": ids},
    });
    for (stored, _) in layers {
        let descriptor = layout.put(LAYER, stored);
        layout.layers.push(descriptor);
    }
    layout
}

impl Layout {
    /// Adds a blob; returns its descriptor.
    pub(crate) fn put(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = Digest::sha256(&bytes);
        let descriptor = json!({
            "mediaType": media_type, "digest": digest.to_string(), "size": bytes.len(),
        });
        let path = format!("blobs/sha256/{}", digest.hex());
        self.blobs.insert(path, bytes);
        descriptor
    }

    /// Adds a document.
    pub(crate) fn put_json(&mut self, media_type: &str, document: &Value) -> Value {
        self.put(media_type, document.to_string().into_bytes())
    }

    pub(crate) fn config(mut self, edit: impl Fn(&mut Value)) -> Layout {
        edit(&mut self.config);
        self
    }

    /// The config as text.
    pub(crate) fn config_text(self, text: &str) -> Layout {
        let text = text.to_owned();
        self.config(|config| *config = Value::String(text.clone()))
    }

    /// The diff IDs of its layers, as the config's text needs them.
    pub(crate) fn diff_ids(&self) -> String {
        self.config["rootfs"]["diff_ids"].to_string()
    }

    pub(crate) fn layer(mut self, edit: impl Fn(&mut Value)) -> Layout {
        self.layers.iter_mut().for_each(edit);
        self
    }

    pub(crate) fn manifest(mut self, edit: impl Fn(&mut Value) + 'static) -> Layout {
        self.manifest = Some(Box::new(edit));
        self
    }

    /// Edits the index.json.
    pub(crate) fn index(mut self, edit: impl Fn(&mut Value) + 'static) -> Layout {
        self.index = Some(Box::new(edit));
        self
    }

    /// Every file of the layout.
    pub(crate) fn files(mut self) -> BTreeMap<String, Vec<u8>> {
        let index = self.seal();
        let mut files = self.blobs;
        files.insert("index.json".to_owned(), index.to_string().into_bytes());
        files.insert(
            "oci-layout".to_owned(),
            br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec(),
        );
        files
    }

    /// Makes config and manifest; returns the index.json.
    pub(crate) fn seal(&mut self) -> Value {
        let config = match &self.config {
            Value::String(text) => text.clone().into_bytes(),
            config => config.to_string().into_bytes(),
        };
        let config = self.put(CONFIG, config);
        let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": self.layers});
        if let Some(edit) = &self.manifest {
            edit(&mut manifest);
        }
        let manifest = self.put_json(MANIFEST, &manifest);
        let mut index = json!({"schemaVersion": 2, "manifests": [manifest]});
        if let Some(edit) = &self.index {
            edit(&mut index);
        }
        index
    }
}
