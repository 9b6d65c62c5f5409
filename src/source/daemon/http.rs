//! An engine's HTTP, over whatever socket it has: a question, and a body that is
//! waited for with patience, but not for ever.

use std::error::Error;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Identity};

use super::endpoint::{Endpoint, Patience, Socket};
use super::{DaemonError, ErrorDoc};
use crate::source::document::parse;
use crate::source::net::is_loopback;
use crate::source::{Keeper, SourceError, tls};

/// What an engine may say in words.
const LARGEST_MESSAGE: u64 = 64 << 10;
/// What is read at a time.
const PIECE: usize = 256 << 10;
/// How many pieces may wait to be taken: what reads may run so far ahead.
const WAITING: usize = 16;

/// An engine that can be asked.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    pub(super) keeper: Keeper,
    endpoint: Endpoint,
    patience: Patience,
}

impl Engine {
    pub(super) fn new(keeper: Keeper, endpoint: Endpoint, patience: Patience) -> Engine {
        Engine {
            keeper,
            endpoint,
            patience,
        }
    }

    /// The whole of a short answer. `name` is the image that is asked for.
    pub(super) fn small(&self, path: &str, name: &str, limit: u64) -> Result<Vec<u8>, SourceError> {
        let response = self.get(path, name, self.patience.pause)?;
        let mut bytes = Vec::new();
        let read = response.take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.failed(error))?;
        match bytes.len() as u64 > limit {
            true => Err(SourceError::TooLarge {
                what: format!("what {} says of the image", self.keeper.name()),
                limit,
            }),
            false => Ok(bytes),
        }
    }

    /// A long answer, as it comes.
    pub(super) fn stream(&self, path: &str, name: &str) -> Result<Body, SourceError> {
        // Once the body is begun it is [`Body`] who loses patience, not the client.
        let wait = self.patience.answer + self.patience.pause;
        let response = self.get(path, name, wait)?;
        let (to, pieces) = sync_channel(WAITING);
        // It ends with the response, or once nobody takes its pieces any more.
        thread::spawn(move || pull(response, &to));
        Ok(Body {
            engine: self.clone(),
            pieces,
            piece: Vec::new(),
            at: 0,
            begun: false,
            ended: false,
            last: Vec::new(),
        })
    }

    fn get(&self, path: &str, name: &str, wait: Duration) -> Result<Response, SourceError> {
        let client = self.client(wait)?;
        let (scheme, host) = match (&self.endpoint.socket, &self.endpoint.tls) {
            (Socket::Unix(_), _) => ("http", "localhost"),
            (Socket::Tcp(host), None) => ("http", host.as_str()),
            (Socket::Tcp(host), Some(_)) => ("https", host.as_str()),
        };
        let url = format!("{scheme}://{host}{path}");
        let response = client.get(url).send().map_err(|error| {
            let cause = io_error(&error);
            let kind = cause.map(io::Error::kind);
            let (keeper, at) = (self.keeper, self.endpoint.shown.clone());
            match kind {
                Some(kind @ (io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)) => {
                    DaemonError::NotRunning {
                        keeper,
                        at,
                        error: cause.map(|error| io::Error::new(kind, error.to_string())),
                    }
                }
                Some(io::ErrorKind::PermissionDenied) => DaemonError::Denied { keeper, at },
                _ if error.is_timeout() && !error.is_connect() => self.stalled(wait),
                _ => DaemonError::Failed {
                    keeper,
                    at,
                    error: error.without_url().into(),
                },
            }
        })?;
        let status = response.status().as_u16();
        match status {
            200 => Ok(response),
            404 => Err(DaemonError::NoSuchImage {
                keeper: self.keeper,
                name: name.to_owned(),
            }
            .into()),
            _ => {
                let mut text = Vec::new();
                let _ = response.take(LARGEST_MESSAGE).read_to_end(&mut text);
                let message = message(&text).unwrap_or_else(|| format!("HTTP status {status}"));
                Err(self.refused(message).into())
            }
        }
    }

    fn client(&self, wait: Duration) -> Result<Client, SourceError> {
        tls::provider();
        // The time is that of each wait, not of the whole answer.
        let mut builder = Client::builder()
            .connect_timeout(self.patience.connect)
            .timeout(wait)
            .redirect(Policy::none());
        match &self.endpoint.socket {
            Socket::Unix(path) => builder = builder.unix_socket(path.as_path()).no_proxy(),
            Socket::Tcp(at)
                if is_loopback(at.rsplit_once(':').map_or(at.as_str(), |(host, _)| host)) =>
            {
                builder = builder.no_proxy();
            }
            Socket::Tcp(_) => {}
        }
        if let (Socket::Tcp(_), Some(tls)) = (&self.endpoint.socket, &self.endpoint.tls) {
            let (ca, own) = (
                pem(tls.folder.as_deref(), &["ca.pem"])?,
                pem(tls.folder.as_deref(), &["cert.pem", "key.pem"])?,
            );
            if let Some(ca) = ca {
                let ca = Certificate::from_pem_bundle(&ca).map_err(|error| self.failed(error))?;
                builder = builder.tls_certs_only(ca);
            }
            if let Some(own) = own {
                let own = Identity::from_pem(&own).map_err(|error| self.failed(error))?;
                builder = builder.identity(own);
            }
            builder = builder.tls_danger_accept_invalid_certs(tls.trusts_all);
        }
        Ok(builder.build().map_err(|error| self.failed(error))?)
    }

    fn failed(&self, error: impl Into<Box<dyn Error + Send + Sync>>) -> DaemonError {
        DaemonError::Failed {
            keeper: self.keeper,
            at: self.endpoint.shown.clone(),
            error: error.into(),
        }
    }

    fn stalled(&self, wait: Duration) -> DaemonError {
        DaemonError::Stalled {
            keeper: self.keeper,
            seconds: wait.as_secs(),
        }
    }

    fn refused(&self, message: String) -> DaemonError {
        DaemonError::Refused {
            keeper: self.keeper,
            message,
        }
    }
}

/// The contents of some files in a folder; `None` if one is not there.
fn pem(folder: Option<&Path>, names: &[&str]) -> Result<Option<Vec<u8>>, SourceError> {
    let mut bytes = Vec::new();
    let Some(folder) = folder else {
        return Ok(None);
    };
    for name in names {
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(more) => bytes.extend(more),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let shown = path.to_string_lossy().into_owned();
                return Err(SourceError::Read(shown, error));
            }
        }
    }
    Ok(Some(bytes))
}

/// The system's own error, somewhere below one of HTTP.
fn io_error(error: &reqwest::Error) -> Option<&io::Error> {
    let mut at: Option<&dyn Error> = Some(error);
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // One of them may be wrapped in another.
            return Some(error);
        }
        at = error.source();
    }
    None
}

/// An engine's words: of its JSON, else of its text.
fn message(text: &[u8]) -> Option<String> {
    let words = match parse::<ErrorDoc>("", text) {
        Ok(said) => said.words()?,
        Err(_) => String::from_utf8_lossy(text).trim().to_owned(),
    };
    (!words.is_empty()).then_some(words)
}

/// Hands on what comes; an empty piece is the end.
fn pull(mut response: Response, to: &SyncSender<io::Result<Vec<u8>>>) {
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = match response.read(&mut buffer) {
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = piece.as_ref().map_or(true, Vec::is_empty);
        if to.send(piece).is_err() || is_last {
            return;
        }
    }
}

/// A long answer. An error of it has a [`SourceError`] in it.
pub(super) struct Body {
    engine: Engine,
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    at: usize,
    begun: bool,
    ended: bool,
    /// The last bytes so far: an engine that fails says so behind what it has sent.
    last: Vec<u8>,
}

impl Body {
    fn fetch(&mut self) -> Result<(), DaemonError> {
        let engine = &self.engine;
        let wait = match self.begun {
            true => engine.patience.pause,
            false => engine.patience.answer,
        };
        let piece = match self.pieces.recv_timeout(wait) {
            Ok(Ok(piece)) => piece,
            Ok(Err(error)) => return Err(engine.failed(error)),
            Err(RecvTimeoutError::Timeout) => return Err(engine.stalled(wait)),
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        };
        self.begun = true;
        self.at = 0;
        self.ended = piece.is_empty();
        match self.ended {
            true => self.last_words()?,
            false => self.remember(&piece),
        }
        self.piece = piece;
        Ok(())
    }

    fn remember(&mut self, piece: &[u8]) {
        const MOST: usize = 8 << 10;
        let from = piece.len().saturating_sub(MOST);
        self.last.extend_from_slice(&piece[from..]);
        let over = self.last.len().saturating_sub(MOST);
        self.last.drain(..over);
    }

    /// Docker: `{"errorDetail":{…},"error":"…"}` behind half an archive. A whole
    /// archive ends with zeros.
    fn last_words(&self) -> Result<(), DaemonError> {
        let text = self.last.trim_ascii_end();
        if !text.ends_with(b"}") {
            return Ok(());
        }
        let start = text
            .windows(14)
            .rposition(|part| part == br#"{"errorDetail""#);
        let said = start.and_then(|start| parse::<ErrorDoc>("", &text[start..]).ok());
        match said.and_then(ErrorDoc::words) {
            Some(message) => Err(self.engine.refused(message)),
            None => Ok(()),
        }
    }
}

impl Read for Body {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() && !self.ended {
            self.fetch()
                .map_err(|error| io::Error::other(SourceError::from(error)))?;
        }
        let rest = &self.piece[self.at..];
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
