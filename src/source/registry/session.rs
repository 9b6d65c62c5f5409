//! A registry and one repository in it: requests that are answered, tried again
//! or refused; documents; the state of the login.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use oci_distribution::errors::OciEnvelope;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::auth::{self, Challenge};
use super::error::RegistryError;
use super::http::{Ask, Fault, Http, Paced, host};
use crate::source::credentials::{Credential, Found};
use crate::source::{Name, Net, SourceError};

/// How often the same thing is asked for, in all.
pub(super) const TRIES: u32 = 5;
/// No wait is longer, whatever a server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What a registry says of its failure.
const LARGEST_WORDS: u64 = 64 << 10;

/// A repository of a registry.
pub(super) struct Session {
    http: Http,
    /// `https://HOST/v2/REPOSITORY/`.
    base: Url,
    /// As the user wrote it: what credentials are kept under.
    registry: String,
    repository: String,
    login: Mutex<Login>,
    requests: AtomicU64,
    fetched: AtomicU64,
}

#[derive(Default)]
struct Login {
    /// Counts the changes of `header`.
    version: u64,
    header: Option<HeaderValue>,
    credential: Option<Found>,
}

/// What a document was called by the server that sent it, and the document.
pub(super) struct Document {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Session {
    /// Nothing is sent before something is asked for.
    pub(super) fn new(
        net: &Net,
        scheme: &str,
        host: &str,
        name: &Name,
    ) -> Result<Session, RegistryError> {
        let base = format!("{scheme}://{host}/v2/{}/", name.repository);
        let base = base.parse().map_err(|_| RegistryError::Unreachable {
            host: host.to_owned(),
            why: "its name can be no host's".to_owned(),
        })?;
        Ok(Session {
            http: Http::new(net)?,
            base,
            registry: name.registry.clone(),
            repository: name.repository.clone(),
            login: Mutex::default(),
            requests: AtomicU64::new(0),
            fetched: AtomicU64::new(0),
        })
    }

    pub(super) fn host(&self) -> String {
        host(&self.base)
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// Requests that were answered, and the bytes of their bodies that came.
    pub(super) fn traffic(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.requests), read(&self.fetched))
    }

    pub(super) fn count(&self, bytes: usize) {
        self.fetched.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// What went wrong with the user's credentials, if they were looked for.
    pub(super) fn warnings(&self) -> Vec<String> {
        let login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        let found = login.credential.iter().flat_map(|found| &found.warnings);
        found.map(ToString::to_string).collect()
    }

    /// A document of at most `limit` bytes.
    pub(super) fn document(
        &self,
        path: &str,
        accept: Option<&str>,
        limit: u64,
    ) -> Result<Document, SourceError> {
        let ask = Ask {
            accept,
            ..Ask::default()
        };
        let mut tries = Tries::new(self.http.net());
        loop {
            let answer = self.ask(path, ask)?;
            let media_type = media_type(answer.headers());
            let fault = match body(&self.http, answer, limit) {
                Ok(Some(bytes)) => {
                    self.count(bytes.len());
                    return Ok(Document { media_type, bytes });
                }
                Ok(None) => {
                    let what = path.to_owned();
                    return Err(SourceError::TooLarge { what, limit });
                }
                Err(fault) => fault,
            };
            tries.after(fault)?;
        }
    }

    /// A document that would be good to have: asked for once, by the login there is.
    pub(super) fn once(&self, path: &str, limit: u64) -> Option<Vec<u8>> {
        let (_, header) = self.login();
        let ask = Ask {
            authorization: header.as_ref(),
            ..Ask::default()
        };
        let answer = self.http.get(&self.base.join(path).ok()?, ask).ok()?;
        let answer = Some(answer).filter(|answer| answer.status() == StatusCode::OK)?;
        body(&self.http, answer, limit).ok().flatten()
    }

    /// An answer of success, a redirect's too. What may pass is tried again.
    pub(super) fn ask(&self, path: &str, ask: Ask<'_>) -> Result<Response, RegistryError> {
        let url = self.base.join(path);
        let url = url.map_err(|_| self.not_found(path))?;
        let mut tries = Tries::new(self.http.net());
        // A login is good for one more try; a second refusal is an answer.
        let mut renewed = false;
        loop {
            let (version, header) = self.login();
            let ask = Ask {
                authorization: header.as_ref(),
                ..ask
            };
            let fault = match self.http.get(&url, ask) {
                Err(fault) => self.known(fault),
                Ok(answer) => {
                    self.requests.fetch_add(1, Ordering::Relaxed);
                    match answer.status().as_u16() {
                        200 => return Ok(answer),
                        206 | 416 if ask.range.is_some() => return Ok(answer),
                        401 if !renewed => match self.log_in(&answer, version) {
                            Ok(true) => {
                                renewed = true;
                                continue;
                            }
                            Ok(false) => Fault::Final(self.denied(answer)),
                            Err(fault) => fault,
                        },
                        401 | 403 => Fault::Final(self.denied(answer)),
                        404 => Fault::Final(self.not_found(path)),
                        _ => {
                            // By the next try a token may be too old.
                            renewed = false;
                            self.status(answer)
                        }
                    }
                }
            };
            tries.after(fault)?;
        }
    }

    /// A registry that has answered before may be there again in a moment.
    fn known(&self, fault: Fault) -> Fault {
        match fault {
            Fault::Final(error @ RegistryError::Unreachable { .. }) if self.traffic().0 > 0 => {
                Fault::Passing(error, None)
            }
            fault => fault,
        }
    }

    fn login(&self) -> (u64, Option<HeaderValue>) {
        let login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        (login.version, login.header.clone())
    }

    /// Answers a challenge; false if there is nothing to answer with. Of several
    /// threads that are refused at once, because a token grew old, one renews it.
    fn log_in(&self, refusal: &Response, version: u64) -> Result<bool, Fault> {
        let Some(challenge) = Challenge::of(refusal.headers()) else {
            return Ok(false);
        };
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        if login.version != version {
            return Ok(true);
        }
        let credentials = &self.http.net().credentials;
        let found = login
            .credential
            .get_or_insert_with(|| credentials.find(&self.registry, &self.repository));
        // A redirect may have led elsewhere: only the registry itself is answered.
        if refusal.url().origin() != self.base.origin() {
            return Ok(false);
        }
        let (base, repository) = (&self.base, self.repository.as_str());
        let header = auth::answer(&self.http, base, repository, &challenge, &found.credential);
        let unused = || found.warnings.iter().map(ToString::to_string).collect();
        login.header = header.map_err(|fault| self.named(fault, unused()))?;
        login.version += 1;
        Ok(login.header.is_some())
    }

    /// A token server knows scopes; the user knows names.
    fn named(&self, fault: Fault, unused: Vec<String>) -> Fault {
        match fault {
            Fault::Final(RegistryError::Denied {
                host, login, words, ..
            }) => Fault::Final(RegistryError::Denied {
                host,
                repository: self.repository.clone(),
                login,
                words,
                unused,
            }),
            fault => fault,
        }
    }

    fn denied(&self, answer: Response) -> RegistryError {
        let unused = self.warnings();
        let login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        let credential = login.credential.as_ref().map(|found| &found.credential);
        RegistryError::Denied {
            host: host(answer.url()),
            repository: self.repository.clone(),
            login: credential.is_some_and(|credential| *credential != Credential::Anonymous),
            words: words(&self.http, answer),
            unused,
        }
    }

    fn not_found(&self, path: &str) -> RegistryError {
        let name = match path.split_once('/') {
            Some(("manifests", tag)) if !tag.contains(':') => {
                format!("{}:{tag}", self.repository)
            }
            Some((_, rest)) => format!("{}@{rest}", self.repository),
            None => self.repository.clone(),
        };
        RegistryError::NotFound {
            host: self.host(),
            what: name,
            tags: Vec::new(),
        }
    }

    fn status(&self, answer: Response) -> Fault {
        let status = answer.status();
        let wait = retry_after(answer.headers());
        let error = RegistryError::Status {
            host: host(answer.url()),
            status: status.to_string(),
            words: words(&self.http, answer),
        };
        match may_pass(status) {
            true => Fault::Passing(error, wait),
            false => Fault::Final(error),
        }
    }
}

/// How often something was tried.
pub(super) struct Tries {
    made: u32,
    pause: Duration,
}

impl Tries {
    pub(super) fn new(net: &Net) -> Tries {
        Tries {
            made: 0,
            pause: net.pause,
        }
    }

    /// Begins to count anew.
    pub(super) fn forget(&mut self) {
        self.made = 0;
    }

    /// Waits before the next try, as long as the server asks; an error where there is none.
    pub(super) fn after(&mut self, fault: Fault) -> Result<(), RegistryError> {
        self.made += 1;
        match fault {
            Fault::Final(error) => Err(error),
            Fault::Passing(error, _) if self.made >= TRIES => Err(RegistryError::Again {
                tries: self.made,
                error: Box::new(error),
            }),
            Fault::Passing(_, wait) => {
                let own = self.pause.saturating_mul(1 << (self.made - 1));
                thread::sleep(wait.unwrap_or(own).min(LONGEST_WAIT));
                Ok(())
            }
        }
    }
}

/// May this be another answer in a moment?
pub(super) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// How long a server asks to be left alone, in seconds; dates are not minded
/// (RFC 9110, section 10.2.3: either is allowed, and clocks differ).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|text| text.to_str().ok());
    let text = text.unwrap_or_default();
    let text = text.split(';').next().unwrap_or_default();
    text.trim().to_owned()
}

/// A whole body; `None` if it is over the limit.
pub(super) fn body(http: &Http, answer: Response, limit: u64) -> Result<Option<Vec<u8>>, Fault> {
    if answer.content_length().is_some_and(|length| length > limit) {
        return Ok(None);
    }
    let mut paced = Paced::new(answer, http.net().patience);
    let mut bytes = Vec::new();
    let mut piece = vec![0; 16 << 10];
    loop {
        let count = paced.read(&mut piece)?;
        if count == 0 {
            return Ok(Some(bytes));
        }
        bytes.extend_from_slice(&piece[..count]);
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
    }
}

/// What a registry says of its failure (distribution specification, "Error
/// Codes"); empty if it says nothing that can be understood.
pub(super) fn words(http: &Http, answer: Response) -> String {
    let json = match body(http, answer, LARGEST_WORDS) {
        Ok(Some(json)) => json,
        _ => return String::new(),
    };
    let envelope: Option<OciEnvelope> = serde_json::from_slice(&json).ok();
    let first = envelope.and_then(|envelope| envelope.errors.into_iter().next());
    first.map_or_else(String::new, |error| error.message)
}
