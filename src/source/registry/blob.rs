//! A blob, in order or in parts. A connection that breaks is taken up again where
//! it broke.

use std::io::{self, Read};
use std::sync::Arc;

use reqwest::blocking::Response;
use reqwest::header::CONTENT_RANGE;

use super::error::{RegistryError, as_io};
use super::http::{Ask, Fault, Paced};
use super::session::{Session, Tries};
use crate::digest::Digest;
use crate::source::{Remote, SourceError};

/// After so many new bytes a connection has proven itself, and a break is the first.
const PROVEN: u64 = 1 << 20;

/// A blob of a registry.
pub(super) struct RemoteBlob {
    pub(super) session: Arc<Session>,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl RemoteBlob {
    fn reader(&self, start: u64, end: u64) -> Reader {
        Reader {
            session: Arc::clone(&self.session),
            digest: self.digest,
            size: self.size,
            at: start,
            end,
            body: None,
            tries: Tries::new(self.session.http().net()),
            unproven: 0,
        }
    }
}

impl Remote for RemoteBlob {
    fn stream(&self) -> Box<dyn Read + Send> {
        Box::new(self.reader(0, self.size))
    }

    fn part(&self, start: u64, length: u64) -> Result<Option<Box<dyn Read + Send>>, SourceError> {
        let mut reader = self.reader(start, start.saturating_add(length));
        let body = match reader.open() {
            Ok(Opened::Here(body)) => body,
            // Ranges are what a registry should know and need not: whatever else is
            // wrong, the whole blob will tell.
            Ok(Opened::FromStart(_) | Opened::Nowhere)
            | Err(
                RegistryError::Part { .. }
                | RegistryError::Status { .. }
                | RegistryError::Denied { .. },
            ) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        reader.body = Some(body);
        Ok(Some(Box::new(reader)))
    }
}

/// Reads a part of a blob, from `at` to `end`.
struct Reader {
    session: Arc<Session>,
    digest: Digest,
    size: u64,
    at: u64,
    end: u64,
    body: Option<Paced>,
    tries: Tries,
    /// New bytes since the last break.
    unproven: u64,
}

/// What a request for the rest brought.
enum Opened {
    /// The rest.
    Here(Paced),
    /// The whole blob: the server knows no ranges.
    FromStart(Paced),
    /// The server does not understand the range.
    Nowhere,
}

impl Reader {
    fn path(&self) -> String {
        format!("blobs/{}", self.digest)
    }

    fn open(&self) -> Result<Opened, RegistryError> {
        // The whole is asked for without a range: some caches know no other way.
        let whole = self.at == 0 && self.end == self.size;
        let answer = self.session.ask(
            &self.path(),
            Ask {
                range: (!whole).then(|| (self.at, self.end - 1)),
                ..Ask::default()
            },
        )?;
        let length = answer.content_length();
        let too_long = |most| length.is_some_and(|length| length > most);
        let status = answer.status().as_u16();
        match status {
            206 => {
                let right = format!("bytes {}-{}/", self.at, self.end - 1);
                if !content_range(&answer).starts_with(&right) {
                    return Err(self.wrong(false));
                }
                if too_long(self.end - self.at) {
                    return Err(self.wrong(true));
                }
            }
            416 => return Ok(Opened::Nowhere),
            _ if too_long(self.size) => return Err(self.wrong(true)),
            _ => {}
        }
        let patience = self.session.http().net().patience;
        let body = Paced::new(answer, patience);
        match status {
            200 if self.at > 0 || !whole => Ok(Opened::FromStart(body)),
            _ => Ok(Opened::Here(body)),
        }
    }

    /// The body to read on in.
    fn resume(&self) -> Result<Paced, Fault> {
        match self.open().map_err(Fault::Final)? {
            Opened::Here(body) => Ok(body),
            // No ranges: what is known already comes once more, and passes unseen.
            Opened::FromStart(mut body) => {
                let mut left = self.at;
                let mut trash = vec![0; 64 << 10];
                while left > 0 {
                    let want = left.min(trash.len() as u64) as usize;
                    match body.read(&mut trash[..want])? {
                        0 => return Err(self.cut()),
                        count => {
                            self.session.count(count);
                            left -= count as u64;
                        }
                    }
                }
                Ok(body)
            }
            Opened::Nowhere => Err(Fault::Final(self.wrong(false))),
        }
    }

    fn wrong(&self, more: bool) -> RegistryError {
        RegistryError::Part {
            host: self.session.host(),
            what: self.digest.to_string(),
            more,
        }
    }

    fn cut(&self) -> Fault {
        let why = format!(
            "{} ended after {} of {} bytes",
            self.digest, self.at, self.size
        );
        let host = self.session.host();
        Fault::Passing(RegistryError::Broken { host, why }, None)
    }

    fn some(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        let mut body = match self.body.take() {
            Some(body) => body,
            None => self.resume()?,
        };
        let left = self.end - self.at;
        let want = left.min(buf.len() as u64) as usize;
        let count = body.read(&mut buf[..want])?;
        if count == 0 {
            return Err(self.cut());
        }
        self.session.count(count);
        self.at += count as u64;
        if self.at < self.end {
            self.body = Some(body);
            return Ok(count);
        }
        // Behind a part that came as the whole there is more.
        if self.end < self.size {
            return Ok(count);
        }
        // A body without a length may go on: the descriptor's size is the law. How
        // it ends is of no interest.
        match body.read(&mut [0; 1]) {
            Ok(0) | Err(_) => Ok(count),
            Ok(_) => Err(Fault::Final(self.wrong(true))),
        }
    }
}

fn content_range(answer: &Response) -> &str {
    let text = answer.headers().get(CONTENT_RANGE);
    text.and_then(|text| text.to_str().ok()).unwrap_or_default()
}

impl Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.end || buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.some(buf) {
                Ok(count) => {
                    self.unproven += count as u64;
                    if self.unproven >= PROVEN {
                        self.tries.forget();
                    }
                    return Ok(count);
                }
                Err(fault) => {
                    self.unproven = 0;
                    let tried = self.tries.after(fault);
                    tried.map_err(|error| as_io(SourceError::Registry(error)))?;
                }
            }
        }
    }
}
