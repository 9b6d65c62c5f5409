//! One request: its client, its redirects, its secrets. What it must never do is
//! in here: tell a secret to a host that it is not for.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, LOCATION, RANGE};
use reqwest::{Certificate, StatusCode, Url};

use super::error::RegistryError;
use crate::source::{Net, net, tls};

/// As in Go, and in every browser of old.
const MOST_REDIRECTS: usize = 10;
/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Below this many bytes a second nothing comes to an end.
const SLOWEST: u64 = 1000;

/// What webpki does not take, though Go does.
const OWN_AUTHORITY: &str = "its certificate is an authority's and its own at once; one made \
     with `-addext basicConstraints=critical,CA:FALSE` can be trusted by `--ca-file`";

/// What to ask for.
#[derive(Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    pub(super) accept: Option<&'a str>,
    /// The first byte and the last.
    pub(super) range: Option<(u64, u64)>,
    /// For the host of the URL alone.
    pub(super) authorization: Option<&'a HeaderValue>,
    /// A form to be posted.
    pub(super) form: Option<&'a str>,
}

/// Why there is no answer.
pub(super) enum Fault {
    /// It may pass, after as long as the server asks for.
    Passing(RegistryError, Option<Duration>),
    /// It is as it is.
    Final(RegistryError),
}

/// The clients of one run.
pub(super) struct Http {
    net: Net,
    authorities: Vec<Certificate>,
    clients: Mutex<HashMap<(bool, bool), Client>>,
}

impl Http {
    pub(super) fn new(net: &Net) -> Result<Http, RegistryError> {
        let authorities = match &net.ca_file {
            None => Vec::new(),
            Some(file) => {
                let broken = |why: String| RegistryError::CaFile {
                    file: file.clone(),
                    why,
                };
                let pem = std::fs::read(file).map_err(|error| broken(error.to_string()))?;
                let found = Certificate::from_pem_bundle(&pem);
                let found = found.map_err(|error| broken(deepest(&error)))?;
                if found.is_empty() {
                    return Err(broken("there is none in it".to_owned()));
                }
                found
            }
        };
        Ok(Http {
            net: net.clone(),
            authorities,
            clients: Mutex::default(),
        })
    }

    pub(super) fn net(&self) -> &Net {
        &self.net
    }

    /// The answer, whatever it says, once all redirects are followed.
    pub(super) fn get(&self, url: &Url, ask: Ask<'_>) -> Result<Response, Fault> {
        let home = url.origin();
        let host = host(url);
        let refuse = |why| {
            Fault::Final(RegistryError::Redirect {
                host: host.clone(),
                why,
            })
        };
        let mut at = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let client = self.client(&at).map_err(Fault::Final)?;
            let mut request = match ask.form {
                Some(form) => client
                    .post(at.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form.to_owned()),
                None => client.get(at.clone()),
            };
            if let Some(accept) = ask.accept {
                request = request.header(ACCEPT, accept);
            }
            if let Some((first, last)) = ask.range {
                request = request.header(RANGE, format!("bytes={first}-{last}"));
            }
            // Scheme, host and port: the same machine may hold another's server.
            if at.origin() == home
                && let Some(authorization) = ask.authorization
            {
                request = request.header(AUTHORIZATION, authorization);
            }
            let answer = request
                .send()
                // Where a redirect leads may be signed, and so a secret.
                .map_err(|error| self.fault(&self::host(&at), &error.without_url()))?;
            if !is_redirect(answer.status()) {
                return Ok(answer);
            }
            // What was posted is for its receiver alone.
            if ask.form.is_some() {
                return Err(refuse("what was meant for it alone"));
            }
            let location = answer.headers().get(LOCATION);
            let next = location
                .and_then(|location| location.to_str().ok())
                .and_then(|location| at.join(location).ok())
                .ok_or_else(|| refuse("to no address"))?;
            match (at.scheme(), next.scheme()) {
                ("http" | "https", "https") | ("http", "http") => {}
                ("https", "http") if self.net.insecure => {}
                ("https", "http") => return Err(refuse("from HTTPS to plain HTTP")),
                _ => return Err(refuse("to what is no web address")),
            }
            at = next;
        }
        Err(refuse("over 10 times"))
    }

    fn client(&self, url: &Url) -> Result<Client, RegistryError> {
        let key = (url.scheme() == "https", is_loopback(url));
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.new_client(key.0, key.1).map_err(|error| {
            // Nothing but what is to be trusted is read here.
            RegistryError::Client(deepest(&error))
        })?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn new_client(&self, secure: bool, loopback: bool) -> reqwest::Result<Client> {
        tls::provider();
        let mut builder = Client::builder()
            .user_agent(concat!("imgsize/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT.min(self.net.patience))
            .timeout(self.net.patience)
            // What lies between here and there forgets idle connections, and
            // says so to nobody.
            .pool_idle_timeout(Duration::from_secs(15));
        builder = match (secure, loopback) {
            // The system's authorities take time to read, and nobody will ask.
            (false, _) => builder.tls_certs_only([]),
            (true, true) => builder.danger_accept_invalid_certs(true),
            (true, false) => builder
                .danger_accept_invalid_certs(self.net.insecure)
                .tls_certs_merge(self.authorities.iter().cloned()),
        };
        if loopback {
            // As in Go: what is here is not behind a proxy.
            builder = builder.no_proxy();
        }
        builder.build()
    }

    fn fault(&self, host: &str, error: &reqwest::Error) -> Fault {
        let host = host.to_owned();
        let why = deepest(error);
        if error.is_timeout() && !error.is_connect() {
            let patience = self.net.patience;
            return Fault::Passing(RegistryError::Stalled { host, patience }, None);
        }
        match chain(error).find_map(|error| error.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidMessage(_)) => {
                let why = "it does not speak HTTPS".to_owned();
                return Fault::Final(RegistryError::Unreachable { host, why });
            }
            // Of whatever kind: `openssl req -x509` makes such without being asked.
            Some(_) if why.contains("CaUsedAsEndEntity") => {
                return Fault::Final(RegistryError::Untrusted {
                    host,
                    why: OWN_AUTHORITY.to_owned(),
                });
            }
            Some(_) => return Fault::Final(RegistryError::Untrusted { host, why }),
            None => {}
        }
        // What cannot even be asked is no better at another time.
        match error.is_connect() || error.is_builder() {
            true => Fault::Final(RegistryError::Unreachable { host, why }),
            false => Fault::Passing(RegistryError::Broken { host, why }, None),
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// The host of a URL, with a port that is not the usual one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Does this lead to this very machine?
pub(super) fn is_loopback(url: &Url) -> bool {
    net::is_loopback(url.host_str().unwrap_or_default())
}

/// An error and all its causes, also those that an [`io::Error`] hides.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| {
        let error: &'e (dyn Error + 'static) = *error;
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        inner
            .map(|inner| inner as &(dyn Error + 'static))
            .or_else(|| error.source())
    })
}

/// Did nothing come in time?
fn is_timeout(error: &io::Error) -> bool {
    let by_client = |error: &(dyn Error + 'static)| {
        let client = error.downcast_ref::<reqwest::Error>();
        client.is_some_and(reqwest::Error::is_timeout)
    };
    error.kind() == io::ErrorKind::TimedOut || chain(error).any(by_client)
}

/// The last cause of an error: those before it name the URL, and little else.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// A body that has to come at a decent pace.
pub(super) struct Paced {
    body: Response,
    host: String,
    patience: Duration,
    /// Time that was spent waiting, and what came in it.
    waited: Duration,
    came: u64,
}

impl Paced {
    pub(super) fn new(body: Response, patience: Duration) -> Paced {
        Paced {
            host: host(body.url()),
            body,
            patience,
            waited: Duration::ZERO,
            came: 0,
        }
    }

    /// Some bytes; 0 at the end.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> Result<usize, Fault> {
        let stalled = || RegistryError::Stalled {
            host: self.host.clone(),
            patience: self.patience,
        };
        let begun = Instant::now();
        let count = loop {
            match self.body.read(buf) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Fault::Passing(stalled(), None)),
                Err(error) => {
                    let (host, why) = (self.host.clone(), deepest(&error));
                    return Err(Fault::Passing(RegistryError::Broken { host, why }, None));
                }
            }
        };
        // Only the wait counts: who reads may be slow for reasons of its own.
        self.waited += begun.elapsed();
        self.came += count as u64;
        if self.waited >= self.patience {
            let least = SLOWEST.saturating_mul(self.waited.as_secs().max(1));
            if count > 0 && self.came < least {
                return Err(Fault::Final(stalled()));
            }
            self.waited = Duration::ZERO;
            self.came = 0;
        }
        Ok(count)
    }
}
