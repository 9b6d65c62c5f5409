//! What can go wrong with a registry, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::path::{brief, shown};
use crate::source::NoName;

/// Why a registry did not give what was asked for. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No reference by the rules of the distribution specification.
    #[error(transparent)]
    Name(#[from] NoName),
    /// No connection.
    #[error("the registry {} cannot be reached: {}", brief(.host), brief(.why))]
    Unreachable {
        /// With its port, where one was named.
        host: String,
        /// In the words of the system.
        why: String,
    },
    /// A connection, and no trust in it.
    #[error("the registry {} cannot be trusted: {}", brief(.host), brief(.why))]
    Untrusted {
        /// With its port, where one was named.
        host: String,
        /// In the words of TLS.
        why: String,
    },
    /// The connection broke, time and again.
    #[error("the connection to {} broke: {}", brief(.host), brief(.why))]
    Broken {
        /// With its port, where one was named.
        host: String,
        /// In the words of the system.
        why: String,
    },
    /// Nothing came, or next to nothing.
    #[error("{} has sent next to nothing for {} seconds", brief(.host), .patience.as_secs())]
    Stalled {
        /// With its port, where one was named.
        host: String,
        /// For how long.
        patience: Duration,
    },
    /// The registry does not say who may, but the user may not.
    #[error(
        "{} denies access to `{}`{}{}",
        brief(.host), brief(.repository), said(.words), also(.unused)
    )]
    Denied {
        /// With its port, where one was named.
        host: String,
        /// Without the host.
        repository: String,
        /// Were there credentials to be denied?
        login: bool,
        /// The registry's own.
        words: String,
        /// Credentials that could not be used, and why.
        unused: Vec<String>,
    },
    /// Not there.
    #[error("{} has no `{}`{}", brief(.host), brief(.what), there(.tags))]
    NotFound {
        /// With its port, where one was named.
        host: String,
        /// What was asked for.
        what: String,
        /// Some that are there, where the registry tells.
        tags: Vec<String>,
    },
    /// An answer that is of no use.
    #[error("{} answers {status}{}", brief(.host), said(.words))]
    Status {
        /// With its port, where one was named.
        host: String,
        /// Such as `429 Too Many Requests`.
        status: String,
        /// The registry's own.
        words: String,
    },
    /// The same failure as often as is sensible to try.
    #[error("{error} (tried {tries} times)")]
    Again {
        /// How often.
        tries: u32,
        /// The last one.
        error: Box<RegistryError>,
    },
    /// It leads where nobody should follow.
    #[error("{} redirects {why}", brief(.host))]
    Redirect {
        /// With its port, where one was named.
        host: String,
        /// Whereto.
        why: &'static str,
    },
    /// The way to a token is none that a password may go.
    #[error("{} cannot be logged in to: its token server {why}", brief(.host))]
    Realm {
        /// With its port, where one was named.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no token.
    #[error("{} cannot be logged in to: {}", brief(.host), brief(.why))]
    Token {
        /// With its port, where one was named.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another number of bytes than was asked for.
    #[error("{} sends {} of {what} than was asked for", brief(.host), if *.more { "more" } else { "another part" })]
    Part {
        /// With its port, where one was named.
        host: String,
        /// A blob, by its digest.
        what: String,
        /// More, or others?
        more: bool,
    },
    /// What is to be trusted cannot be read.
    #[error("the certificates in `{}` cannot be used: {why}", shown(.file.as_os_str().as_encoded_bytes()))]
    CaFile {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no client to be made.
    #[error("no connection can be made on this machine: {}", brief(.0))]
    Client(String),
}

fn also(unused: &[String]) -> String {
    unused
        .iter()
        .map(|why| format!("\n  {}", brief(why)))
        .collect()
}

/// What a registry says of itself, in a sentence of ours.
fn said(words: &str) -> String {
    match words {
        "" => String::new(),
        words => format!(": {}", brief(words)),
    }
}

fn there(tags: &[String]) -> String {
    match tags {
        [] => String::new(),
        tags => format!("; there is:{}", super::super::error::list(tags)),
    }
}

impl RegistryError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            RegistryError::Name(..) => "write HOST/NAME:TAG or NAME:TAG, in lower case",
            RegistryError::Unreachable { .. } => {
                "is the name right? behind a proxy, set HTTPS_PROXY; `--insecure` speaks plain HTTP too"
            }
            RegistryError::Untrusted { .. } => {
                "name your own authority with `--ca-file FILE`, or do without with `--insecure`"
            }
            RegistryError::Broken { .. } | RegistryError::Stalled { .. } => {
                "try again; layers that were read are kept in the cache"
            }
            RegistryError::Denied { login: false, .. } => {
                "if it is private, log in first: `docker login HOST` or `podman login HOST`; if not, is the name right?"
            }
            RegistryError::Denied { login: true, .. } => {
                "log in again: `docker login HOST` or `podman login HOST`; is the name right?"
            }
            RegistryError::NotFound { tags, .. } if !tags.is_empty() => "choose one of these tags",
            RegistryError::NotFound { .. } => "are the name and the tag right?",
            RegistryError::Status { .. } => "the registry is at fault, or something before it",
            RegistryError::Again { error, .. } => return error.hint(),
            RegistryError::Redirect { .. } | RegistryError::Part { .. } => {
                "the registry is at fault, or something before it"
            }
            RegistryError::Realm { .. } => {
                "no password is sent there; `--insecure` lets it go over plain HTTP"
            }
            RegistryError::Token { .. } => "the registry is at fault, or something before it",
            RegistryError::CaFile { .. } => "it has to hold certificates in PEM form",
            RegistryError::Client(_) => return None,
        })
    }
}

/// So that a reader can fail with it.
pub(super) fn as_io(error: super::super::SourceError) -> io::Error {
    io::Error::other(error)
}
