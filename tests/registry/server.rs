//! A registry in a thread, which answers as a test tells it to.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use imgsize::digest::Digest;
use imgsize::source::TocPromise;
use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    /// How often this path was asked for before.
    pub(crate) before: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    /// As it should.
    Well,
    /// The connection breaks after so many bytes of the body.
    Cut(usize),
    /// After so many bytes there are no more, and the connection stays.
    Hangs(usize),
    /// One byte at a time, with a pause before each.
    Drips(Duration),
    /// The body again and again, without a length.
    Never,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: body.into(),
            end: End::Well,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn ending(mut self, end: End) -> Reply {
        self.end = end;
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server on this machine.
pub(crate) struct Server {
    pub(crate) port: u16,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (seen, handler): (_, Arc<Handler>) = (Arc::clone(&log), Arc::new(handler));
        // It ends with the test program.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (seen, handler) = (Arc::clone(&seen), Arc::clone(&handler));
                thread::spawn(move || serve(connection, &seen, &*handler));
            }
        });
        Server { port, log }
    }

    /// As it stands before the name of an image.
    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(crate) fn log(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// What was asked of paths with this in them.
    pub(crate) fn asked(&self, part: &str) -> Vec<Request> {
        let mut log = self.log();
        log.retain(|request| request.path.contains(part));
        log
    }
}

fn serve(mut connection: TcpStream, log: &Mutex<Vec<Request>>, handler: &Handler) {
    let Some(mut request) = read(&connection) else {
        // No HTTP: what a server says to TLS.
        let _ = connection.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n");
        return;
    };
    {
        let mut log = log.lock().unwrap();
        let same = log.iter().filter(|earlier| earlier.path == request.path);
        request.before = same.count();
        log.push(request.clone());
    }
    let _ = write(connection, &request, handler(&request));
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    if reader.fill_buf().ok()?.first() == Some(&0x16) {
        return None;
    }
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
            None => break,
        }
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body: String::from_utf8(body).ok()?,
        before: 0,
    })
}

fn write(mut to: TcpStream, request: &Request, reply: Reply) -> std::io::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {} Whatever\r\nConnection: close\r\n",
        reply.status
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let has_length = reply
        .headers
        .iter()
        .any(|(name, _)| name == "Content-Length");
    if !has_length && reply.end != End::Never {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    to.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        return Ok(());
    }
    match reply.end {
        End::Well => to.write_all(&reply.body),
        End::Cut(at) => to.write_all(&reply.body[..at]),
        End::Hangs(at) => {
            to.write_all(&reply.body[..at])?;
            to.flush()?;
            thread::sleep(Duration::from_secs(30));
            Ok(())
        }
        End::Drips(pause) => {
            for byte in reply.body {
                thread::sleep(pause);
                to.write_all(&[byte])?;
            }
            Ok(())
        }
        End::Never => loop {
            to.write_all(&reply.body)?;
        },
    }
}

/// An OCI layout as a registry serves it, under any name.
#[derive(Clone)]
pub(crate) struct Shop {
    folder: PathBuf,
    /// The manifest's digest, and that of each layer.
    pub(crate) manifest: String,
    pub(crate) layers: Vec<String>,
    /// Does it know ranges?
    pub(crate) ranges: bool,
}

impl Shop {
    pub(crate) fn new(folder: &Path) -> Shop {
        let json =
            |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
        let index = json(&folder.join("index.json"));
        let manifest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
        let file = folder.join("blobs").join(manifest.replace(':', "/"));
        let layers = json(&file)["layers"]
            .as_array()
            .map_or(Vec::new(), |layers| {
                let digests = layers
                    .iter()
                    .map(|layer| layer["digest"].as_str().unwrap().to_owned());
                digests.collect()
            });
        Shop {
            folder: folder.to_owned(),
            manifest,
            layers,
            ranges: true,
        }
    }

    /// The same image, whose manifest vouches for a table in its first layer.
    pub(crate) fn annotated(mut self, promise: &TocPromise) -> Shop {
        let TocPromise::Stargz { digest } = promise else {
            panic!("the test is about eStargz");
        };
        let mut manifest: Value =
            serde_json::from_slice(&self.blob(&self.manifest).unwrap()).unwrap();
        manifest["layers"][0]["annotations"] =
            serde_json::json!({"containerd.io/snapshot/stargz/toc.digest": digest.to_string()});
        let bytes = manifest.to_string().into_bytes();
        self.manifest = Digest::sha256(&bytes).to_string();
        let path = self.manifest.replace(':', "/");
        fs::write(self.folder.join("blobs").join(path), bytes).unwrap();
        self
    }

    pub(crate) fn blob(&self, digest: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join("blobs").join(digest.replace(':', "/"))).ok()
    }

    /// What a sound registry answers.
    pub(crate) fn answer(&self, request: &Request) -> Reply {
        let unknown = || {
            Reply::new(
                404,
                r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}"#,
            )
        };
        let path = request.path.split('?').next().unwrap();
        if path.ends_with("/tags/list") {
            return Reply::new(200, r#"{"name":"x","tags":["1","2-slim"]}"#);
        }
        if let Some((_, tag)) = path.split_once("/manifests/") {
            let digest = if tag == "1" { &self.manifest } else { tag };
            return match self.blob(digest) {
                Some(json) => {
                    let document: Value = serde_json::from_slice(&json).unwrap();
                    let kind = match document["manifests"].is_array() {
                        true => "application/vnd.oci.image.index.v1+json",
                        false => "application/vnd.oci.image.manifest.v1+json",
                    };
                    assert_eq!(Digest::sha256(&json).to_string(), *digest);
                    Reply::new(200, json).with("Content-Type", kind)
                }
                None => unknown(),
            };
        }
        let Some((_, digest)) = path.split_once("/blobs/") else {
            return unknown();
        };
        let Some(blob) = self.blob(digest) else {
            return unknown();
        };
        let range = request.header("range").strip_prefix("bytes=");
        match range.filter(|_| self.ranges) {
            None => Reply::new(200, blob),
            Some(range) => {
                let (first, last) = range.split_once('-').unwrap();
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                let all = blob.len();
                let part = blob[first..=last].to_vec();
                Reply::new(206, part).with("Content-Range", format!("bytes {first}-{last}/{all}"))
            }
        }
    }
}
