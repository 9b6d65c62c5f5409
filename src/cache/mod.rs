//! Layers that were read before, and notes on the images that they are in.
//! What comes in is a layer that was found to be what its image promises; what goes
//! out is the same layer, in another run.
//!
//! One plain file for each, put in place by renaming it: any number of processes
//! may read and write at once, and none waits for another. A file that is not as
//! this very program wrote it is as good as none: the layer is read again.

mod notes;

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_128;

use crate::digest::Digest;
use crate::interrupt;
use crate::layer::Layer;
use crate::source::{LayerInfo, TocPromise};
use crate::units::Bytes;

/// How large a cache may grow where nobody says.
pub const LIMIT: Bytes = Bytes(1_000_000_000);

/// What a file begins with. `IMGSIZE_INDEX` is a hash of the source that makes an
/// index (`build.rs`): what other code has read is not this one's.
const STAMP: &str = concat!(
    "imgsize ",
    env!("CARGO_PKG_VERSION"),
    " ",
    env!("IMGSIZE_INDEX"),
    "\n"
);

/// The largest file, and the largest layer in one; a real layer takes a megabyte
/// or two for 40,000 files. Both are limits of what is there, not of what is declared.
const LARGEST_FILE: u64 = 256 << 20;
const LARGEST_LAYER: u64 = 1 << 30;

/// The beginning of a temporary name.
const UNFINISHED: &str = ".imgsize-layer-";

/// A folder of layers.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    limit: Bytes,
}

/// What an image promises of a layer, and so what it is known by.
#[derive(Debug, Clone, Copy)]
pub struct Key<'i>(&'i LayerInfo);

/// Files, and what they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many layers, and unfinished files.
    pub entries: usize,
    /// How many notes on images.
    pub images: usize,
    /// In all.
    pub bytes: Bytes,
}

/// One of the cache's own files.
struct Found {
    path: PathBuf,
    bytes: Bytes,
    is_image: bool,
    used: SystemTime,
}

impl Key<'_> {
    /// `None` for a layer of which the image promises no digest at all.
    pub fn of(info: &LayerInfo) -> Option<Key<'_>> {
        (info.digest.is_some() || info.diff_id.is_some()).then_some(Key(info))
    }

    /// What a file costs in the download depends on the blob, so a layer that is
    /// only known by its diff ID is another one, and so is each size of it.
    fn name(&self) -> Option<String> {
        let info = self.0;
        let (kind, digest) = match (info.digest, info.diff_id) {
            (Some(digest), _) => ("blob", digest),
            (None, Some(diff_id)) => ("plain", diff_id),
            (None, None) => return None,
        };
        Some(format!("{kind}-{}-{}", spelled(&digest), info.size.0))
    }

    /// A layer that was read by its table of contents is another one than the same
    /// layer read whole, and so is each table that is vouched for.
    fn name_by_table(&self) -> Option<String> {
        let info = self.0;
        let (blob, table) = (spelled(&info.digest?), spelled(&self.table()?));
        Some(format!("toc-{blob}-{}-{table}", info.size.0))
    }

    fn table(&self) -> Option<Digest> {
        match self.0.toc.as_ref()? {
            TocPromise::Stargz { digest } | TocPromise::ZstdChunked { digest, .. } => Some(*digest),
        }
    }

    /// Is this layer, which was read by its table of contents, what the image
    /// promises? The table is all that it rests on, so that is what must be right.
    fn fits_by_table(&self, layer: &Layer) -> bool {
        let table = layer.toc().map(|toc| toc.digest);
        table.is_some() && table == self.table() && layer.blob == self.0.size
    }

    /// Is this layer, all of which was read, what the image promises?
    fn fits(&self, layer: &Layer) -> bool {
        let info = self.0;
        let (Some(_), Some(diff_id)) = (layer.digest, layer.diff_id) else {
            return false;
        };
        // A wrong diff ID beside the right digest is a warning, and may be told
        // of only where both are by the same algorithm.
        let algorithm = info.diff_id.map_or("sha256", |diff_id| diff_id.algorithm());
        let promised = match info.digest {
            Some(_) => layer.digest == info.digest && diff_id.algorithm() == algorithm,
            None => layer.diff_id == info.diff_id,
        };
        promised && layer.blob == info.size
    }
}

impl Cache {
    /// A cache in `folder`, which is made once there is something to put in.
    pub fn new(folder: PathBuf, limit: Bytes) -> Cache {
        Cache { folder, limit }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How large it may grow.
    pub fn limit(&self) -> Bytes {
        self.limit
    }

    /// The layer as it was read whole, if it was put here by this program and is
    /// undamaged.
    pub fn get(&self, key: &Key<'_>) -> Option<Layer> {
        // Under a name that is not its own it would be trusted for another.
        self.read(&key.name()?, |layer| key.fits(layer))
    }

    /// The layer as it was read by the table of contents that the image vouches for.
    pub fn get_by_table(&self, key: &Key<'_>) -> Option<Layer> {
        self.read(&key.name_by_table()?, |layer| key.fits_by_table(layer))
    }

    /// What is in a file of this name, if it is undamaged and `fits`.
    fn read<T: DeserializeOwned>(&self, name: &str, fits: impl Fn(&T) -> bool) -> Option<T> {
        let path = self.folder.join(name);
        // A link may lead anywhere, and opening a pipe would wait for its writer.
        if !fs::symlink_metadata(&path).is_ok_and(|kind| kind.is_file()) {
            return None;
        }
        let file = File::open(path).ok()?;
        let kept = decode(&read_all(&file, LARGEST_FILE)?)?;
        if !fits(&kept) {
            return None;
        }
        // The least recently used go first.
        let _ = file.set_modified(SystemTime::now());
        Some(kept)
    }

    /// Keeps a layer for another time, if all of it or its table of contents was
    /// read and is what `key` promises. That it could not be kept is no reason to
    /// stop, or to say so.
    pub fn put(&self, key: &Key<'_>, layer: &Layer) {
        let whole = key.name().filter(|_| key.fits(layer));
        let by_table = || key.name_by_table().filter(|_| key.fits_by_table(layer));
        let Some(name) = whole.or_else(by_table) else {
            return;
        };
        self.keep(&name, layer);
    }

    fn keep(&self, name: &str, what: &impl Serialize) {
        if let Some(bytes) = encode(what)
            && self.write(name, &bytes).is_ok()
        {
            let _ = self.prune(self.limit);
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            // What is in an image may be a secret.
            builder.mode(0o700);
        }
        builder.create(&self.folder)?;
        let _unfinished = interrupt::unfinished();
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }

    /// What is in it.
    pub fn info(&self) -> io::Result<Usage> {
        Ok(usage(&self.files()?))
    }

    /// Removes the least recently used until no more than `limit` is left; tells
    /// what was removed.
    pub fn prune(&self, limit: Bytes) -> io::Result<Usage> {
        let mut files = self.files()?;
        files.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        let mut left = usage(&files).bytes;
        let enough = files.iter().position(|file| {
            let fits = left <= limit;
            left = left - file.bytes;
            fits
        });
        files.truncate(enough.unwrap_or(files.len()));
        remove(&files)
    }

    /// Removes all of it, and nothing that is not its own; tells what was removed.
    pub fn clear(&self) -> io::Result<Usage> {
        remove(&self.files()?)
    }

    /// Its own files, unfinished ones too: one that a killed process left behind
    /// grows old and goes like any other.
    fn files(&self) -> io::Result<Vec<Found>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| is_own(name)) else {
                continue;
            };
            // Another process may have removed it by now. Links are not followed.
            if let Ok(kind) = entry.metadata()
                && kind.is_file()
            {
                files.push(Found {
                    path: entry.path(),
                    bytes: Bytes(kind.len()),
                    is_image: name.starts_with(notes::IMAGE) || name.starts_with(notes::NOTE),
                    used: kind.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                });
            }
        }
        Ok(files)
    }
}

/// Is this a name that a cache gives?
fn is_own(name: &str) -> bool {
    let is_digest = |algorithm, hex| format!("{algorithm}:{hex}").parse::<Digest>().is_ok();
    let is_size = |size: &str| size.parse::<u64>().is_ok();
    let parts: Vec<&str> = name.split('-').collect();
    match *parts.as_slice() {
        [
            "blob" | "plain" | notes::IMAGE | notes::NOTE,
            algorithm,
            hex,
            size,
        ] => is_digest(algorithm, hex) && is_size(size),
        ["toc", algorithm, hex, size, of_table, hex_of_table] => {
            is_digest(algorithm, hex) && is_size(size) && is_digest(of_table, hex_of_table)
        }
        _ => name.starts_with(UNFINISHED),
    }
}

/// A digest as a part of a name.
fn spelled(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm(), digest.hex())
}

fn usage(files: &[Found]) -> Usage {
    let images = files.iter().filter(|file| file.is_image).count();
    Usage {
        entries: files.len() - images,
        images,
        bytes: files.iter().map(|file| file.bytes).sum(),
    }
}

fn remove(files: &[Found]) -> io::Result<Usage> {
    for file in files {
        match fs::remove_file(&file.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(usage(files))
}

/// The stamp, a checksum of all that follows it, and the rest under zstd.
fn encode(what: &impl Serialize) -> Option<Vec<u8>> {
    let plain = postcard::to_stdvec(what).ok()?;
    if plain.len() as u64 > LARGEST_LAYER {
        return None;
    }
    let packed = zstd::bulk::compress(&plain, 3).ok()?;
    let sum = xxh3_128(&packed).to_le_bytes();
    let bytes = [STAMP.as_bytes(), &sum, &packed].concat();
    (bytes.len() as u64 <= LARGEST_FILE).then_some(bytes)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (sum, packed) = bytes.strip_prefix(STAMP.as_bytes())?.split_first_chunk()?;
    if xxh3_128(packed) != u128::from_le_bytes(*sum) {
        return None;
    }
    let plain = zstd::Decoder::with_buffer(packed).ok()?;
    postcard::from_bytes(&read_all(plain, LARGEST_LAYER)?).ok()
}

/// Everything, unless it is more than `most`.
fn read_all(source: impl Read, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let count = source.take(most + 1).read_to_end(&mut bytes).ok()?;
    (count as u64 <= most).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use std::thread;
    use std::time::Duration;

    use super::notes::image_name;
    use super::*;
    use crate::codec::Stream;
    use crate::layer::{Want, index_stream};
    use crate::source::Promise;
    use crate::testkit::{Case, gzip, plain};

    /// What the image promises of a small layer, and the layer.
    fn known(name: &str, pack: fn(&[u8]) -> Vec<u8>) -> (LayerInfo, Layer) {
        let text = format!("d {name}\nf 50 {name}/a\nl {name}/b a\nh {name}/c {name}/a\n");
        let image = Case::parse(&text, Path::new("")).image(pack);
        let stream = Stream::open(&image.blobs[0][..], None, None).unwrap();
        let layer = index_stream(stream, &|file| Want::head(file.size.0 / 2), &|_| {}).unwrap();
        let info = LayerInfo {
            digest: layer.digest,
            diff_id: layer.diff_id,
            ..image.info.layers[0].clone()
        };
        (info, layer)
    }

    fn cache(folder: &Path) -> Cache {
        Cache::new(folder.join("new/cache"), LIMIT)
    }

    fn only_file(cache: &Cache) -> PathBuf {
        cache.files().unwrap().remove(0).path
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        for pack in [gzip, plain] {
            let (info, layer) = known("x", pack);
            let by_diff_id = LayerInfo {
                digest: None,
                ..info.clone()
            };
            for info in [info, by_diff_id] {
                let key = Key::of(&info).unwrap();
                assert_eq!(cache.get(&key), None);
                cache.put(&key, &layer);
                let again = cache.get(&key).unwrap();
                assert_eq!(again, layer);
                assert!(!again.kept.is_empty());
            }
        }
        assert_eq!(cache.info().unwrap().entries, 4);
    }

    #[test]
    fn a_note_is_of_one_image_and_of_one_maker() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let image = |text: &str| Case::parse(text, Path::new("")).image(gzip).info;
        let (info, other) = (image("f 1 a"), image("f 2 a"));
        cache.put_note(&info, "one", &"text");
        let note = |info, maker| cache.note::<String>(info, maker);
        assert_eq!(note(&info, "one").as_deref(), Some("text"));
        assert_eq!(note(&info, "two"), None);
        assert_eq!(note(&other, "one"), None);
        // The same image under another name.
        let renamed = crate::source::ImageInfo {
            name: "other".to_owned(),
            source: "elsewhere".to_owned(),
            ..info.clone()
        };
        assert_eq!(note(&renamed, "one").as_deref(), Some("text"));
        // One that was put under the name of another.
        let path = only_file(&cache);
        cache.put_note(&other, "one", &"text");
        let mut files = cache.files().unwrap();
        files.retain(|file| file.path != path);
        fs::rename(path, &files[0].path).unwrap();
        assert_eq!(note(&other, "one"), None);
    }

    #[test]
    fn a_layer_that_is_not_what_was_promised_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", gzip);
        let (other, _) = known("y", gzip);
        let mut unread = known("x", gzip).1;
        unread.digest = None;
        let longer = LayerInfo {
            size: info.size + Bytes(1),
            ..info.clone()
        };
        cache.put(&Key::of(&info).unwrap(), &unread);
        cache.put(&Key::of(&other).unwrap(), &layer);
        cache.put(&Key::of(&longer).unwrap(), &layer);
        assert!(!cache.folder().exists());
    }

    #[test]
    fn an_entry_under_the_name_of_another_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", plain);
        let (other, _) = known("y", plain);
        cache.put(&Key::of(&info).unwrap(), &layer);
        let key = Key::of(&other).unwrap();
        let name = cache.folder().join(key.name().unwrap());
        fs::rename(only_file(&cache), name).unwrap();
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn a_layer_by_its_table_is_not_the_layer_read_whole_nor_that_of_another_table() {
        use crate::layer::{Costs, Listing};
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (whole_info, whole) = known("x", gzip);
        let promised = |text: &[u8]| LayerInfo {
            toc: Some(TocPromise::Stargz {
                digest: Digest::sha256(text),
            }),
            ..whole_info.clone()
        };
        let (info, other) = (promised(b"a"), promised(b"b"));
        let layer = Listing::new(&|_| Want::Nothing).finish(Costs {
            compression: whole.compression,
            blob: info.size,
            table: Digest::sha256(b"a"),
            exact: true,
        });
        let [key, other, without] = [&info, &other, &whole_info].map(|info| Key::of(info).unwrap());
        // It is put where it belongs only.
        cache.put(&other, &layer);
        cache.put(&without, &layer);
        assert!(!cache.folder().exists());
        cache.put(&key, &layer);
        assert_eq!(cache.get(&key), None);
        assert_eq!(cache.get_by_table(&key).as_ref(), Some(&layer));
        assert_eq!(cache.get_by_table(&other), None);
        // Under the name of another it is not believed.
        let name = cache.folder().join(other.name_by_table().unwrap());
        fs::copy(only_file(&cache), &name).unwrap();
        assert_eq!(cache.get_by_table(&other), None);
        fs::copy(&name, cache.folder().join(key.name().unwrap())).unwrap();
        assert_eq!(cache.get(&key), None);
        assert_eq!(cache.clear().unwrap().entries, 3);
    }

    #[test]
    fn a_damaged_or_cut_entry_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", gzip);
        let key = Key::of(&info).unwrap();
        cache.put(&key, &layer);
        let path = only_file(&cache);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                fs::write(&path, &bad).unwrap();
                assert_eq!(cache.get(&key), None, "byte {at}");
            }
            fs::write(&path, &good[..at]).unwrap();
            assert_eq!(cache.get(&key), None, "cut at {at}");
        }
        cache.put(&key, &layer);
        assert_eq!(cache.get(&key), Some(layer));
    }

    #[test]
    fn an_entry_of_other_code_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", gzip);
        let key = Key::of(&info).unwrap();
        cache.put(&key, &layer);
        let path = only_file(&cache);
        let bytes = fs::read(&path).unwrap();
        let rest = bytes.strip_prefix(STAMP.as_bytes()).unwrap();
        let old = [b"imgsize 0.0.1 0123456789abcdef\n", rest].concat();
        fs::write(&path, old).unwrap();
        assert_eq!(cache.get(&key), None);
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        // A gigabyte of zeros and one more: the checksum is right, the size is not.
        let zeros = io::repeat(0).take(LARGEST_LAYER + 1);
        let packed = zstd::encode_all(zeros, 1).unwrap();
        let sum = xxh3_128(&packed).to_le_bytes();
        assert!(decode::<Layer>(&[STAMP.as_bytes(), &sum, &packed].concat()).is_none());
        // A list that declares more entries than there is memory for.
        let plain = [0xff; 9];
        let packed = zstd::encode_all(&plain[..], 1).unwrap();
        let sum = xxh3_128(&packed).to_le_bytes();
        assert!(decode::<Layer>(&[STAMP.as_bytes(), &sum, &packed].concat()).is_none());
    }

    #[test]
    fn what_an_image_said_of_itself_is_kept_for_whom_it_was_promised_to() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let text = "f 1 a\n---\nf 2 b\n";
        let mut info = Case::parse(text, Path::new("")).image(gzip).info;
        info.config.env = vec!["A=b".to_owned()];
        info.remarks.push(crate::source::Remark::Windows);
        let promise = |id: &str, diff_ids: &[LayerInfo]| Promise {
            id: id.to_owned(),
            diff_ids: diff_ids.iter().filter_map(|layer| layer.diff_id).collect(),
            size: Bytes(1),
        };
        let right = promise("docker x", &info.layers);
        assert!(cache.image(&right).is_none());
        cache.put_image(&promise("docker x", &info.layers[..1]), &info);
        assert!(!cache.folder().exists());
        cache.put_image(&right, &info);
        let kept = cache.image(&right).unwrap();
        assert_eq!(format!("{kept:?}"), format!("{info:?}"));
        let other = promise("docker y", &info.layers);
        assert!(cache.image(&other).is_none());
        assert!(
            cache
                .image(&promise("docker x", &info.layers[..1]))
                .is_none()
        );
        // Nor under the name of the other, nor damaged.
        let (path, name) = (only_file(&cache), image_name(&other).unwrap());
        fs::copy(&path, cache.folder().join(name)).unwrap();
        assert!(cache.image(&other).is_none());
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(cache.image(&right).is_none());
        let usage = cache.info().unwrap();
        assert_eq!((usage.entries, usage.images), (0, 2));
        assert_eq!(cache.prune(Bytes(1)).unwrap(), usage);
    }

    #[test]
    fn many_may_put_and_get_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (info, layer) = known("x", gzip);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let cache = cache(folder.path());
                    let key = Key::of(&info).unwrap();
                    for _ in 0..100 {
                        cache.put(&key, &layer);
                        assert_eq!(cache.get(&key).as_ref(), Some(&layer));
                    }
                });
            }
        });
        assert_eq!(cache(folder.path()).info().unwrap().entries, 1);
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let layers = ["x", "y", "z"].map(|name| known(name, gzip));
        for (no, (info, layer)) in layers.iter().enumerate() {
            let key = Key::of(info).unwrap();
            cache.put(&key, layer);
            let age = Duration::from_secs(1000 - no as u64);
            let path = cache.folder().join(key.name().unwrap());
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let keys = layers.each_ref().map(|(info, _)| Key::of(info).unwrap());
        let all = cache.info().unwrap();
        assert_eq!(cache.prune(all.bytes).unwrap(), Usage::default());
        // The oldest is looked at, and so is the newest.
        assert!(cache.get(&keys[0]).is_some());
        let gone = cache.prune(all.bytes - Bytes(1)).unwrap();
        assert_eq!(gone.entries, 1);
        assert_eq!(cache.get(&keys[1]), None);
        assert!(cache.get(&keys[0]).is_some() && cache.get(&keys[2]).is_some());
        // What is put in makes room for itself.
        let small = Cache::new(cache.folder().to_owned(), all.bytes - Bytes(1));
        small.put(&keys[1], &layers[1].1);
        assert_eq!(cache.info().unwrap().entries, 2);
        assert!(cache.get(&keys[1]).is_some());
    }

    #[test]
    fn nothing_is_removed_that_is_not_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", gzip);
        let key = Key::of(&info).unwrap();
        cache.put(&key, &layer);
        fs::write(cache.folder().join(format!("{UNFINISHED}abc")), "cut").unwrap();
        for name in ["notes", "blob-sha256-abc-1", "plain"] {
            fs::write(cache.folder().join(name), "mine").unwrap();
        }
        fs::create_dir(cache.folder().join(format!("{UNFINISHED}d"))).unwrap();
        assert_eq!(cache.clear().unwrap().entries, 2);
        assert_eq!(cache.info().unwrap(), Usage::default());
        assert_eq!(fs::read_dir(cache.folder()).unwrap().count(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let (info, layer) = known("x", gzip);
        let key = Key::of(&info).unwrap();
        cache.put(&key, &layer);
        let path = only_file(&cache);
        let outside = folder.path().join("outside");
        fs::rename(&path, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        assert_eq!(cache.get(&key), None);
        assert_eq!(cache.clear().unwrap(), Usage::default());
        let before = fs::read(&outside).unwrap();
        cache.put(&key, &layer);
        assert_eq!(cache.get(&key), Some(layer));
        assert_eq!(fs::read(&outside).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_written_to_is_no_failure() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (info, layer) = known("x", gzip);
        let key = Key::of(&info).unwrap();
        // No folder at all, for any user; and a read-only one, for all but root.
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let nowhere = Cache::new(file.join("cache"), LIMIT);
        nowhere.put(&key, &layer);
        assert_eq!(nowhere.get(&key), None);
        let cache = cache(folder.path());
        cache.put(&key, &layer);
        fs::set_permissions(cache.folder(), fs::Permissions::from_mode(0o500)).unwrap();
        cache.put(&key, &layer);
        assert_eq!(cache.get(&key), Some(layer));
        fs::set_permissions(cache.folder(), fs::Permissions::from_mode(0o700)).unwrap();
    }
}
