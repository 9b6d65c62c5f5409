//! Who the user is to a registry, as docker and podman keep it. What comes in is
//! a repository; what goes out is a credential, or none, and what hindered the
//! search. Nothing that hinders it ends it: many images are open to everybody.

mod config;
mod helper;

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::path::{shown, shown_text};
use config::{Config, Entry};
pub use helper::HelperError;
use helper::Helpers;

/// How long a helper may take.
const HELPER_LIMIT: Duration = Duration::from_secs(10);

/// The one name, of several, under which Docker Hub is looked up here.
const HUB: &str = "docker.io";

/// The name under which docker keeps the credentials of Docker Hub.
const HUB_SERVER: &str = "https://index.docker.io/v1/";

/// Where credentials are looked for.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// In the order of their rank; need not be there.
    files: Vec<PathBuf>,
    helpers: Helpers,
}

/// What [`Credentials::find`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What to tell the registry.
    pub credential: Credential,
    /// What could not be asked.
    pub warnings: Vec<Warning>,
}

/// What to tell a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    Anonymous,
    /// For basic authentication, or to be exchanged for a token.
    Login {
        /// The user's name.
        username: String,
        /// The password, or an access token in its place.
        password: Secret,
    },
    /// An OAuth2 refresh token, to be exchanged for an access token.
    IdentityToken(Secret),
}

/// Text that is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// What the search went on without. Holds no secret and nothing that a helper said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A file of credentials.
    #[error("the credentials in `{}` are not used: {why}", shown(.file.as_os_str().as_encoded_bytes()))]
    File {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        why: FileError,
    },
    /// One entry of such a file.
    #[error(
        "the credentials for {} in `{}` are not used: `auth` is not the base64 of user:password",
        shown_text(.key), shown(.file.as_os_str().as_encoded_bytes())
    )]
    Entry {
        /// Which file.
        file: PathBuf,
        /// The registry, or a part of it, that the entry is for.
        key: String,
    },
    /// A credential helper.
    #[error("the credential helper `{}` is not used: {why}", shown_text(.name))]
    Helper {
        /// Its name, without `docker-credential-`.
        name: String,
        /// What is wrong with it.
        why: HelperError,
    },
}

/// Why a file of credentials could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is there, and cannot be read.
    #[error("it cannot be read ({0})")]
    Read(io::ErrorKind),
    /// It is over its limit.
    #[error("it is over the limit of {} bytes", config::MAX)]
    TooLarge,
    /// It is not the JSON that it should be. The parser's own message would quote
    /// the file, so only the place is told.
    #[error("it is damaged at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl Credentials {
    /// The places that the environment names.
    pub fn from_env() -> Credentials {
        let vars = |name: &str| env::var_os(name);
        Credentials::new(
            places(vars, env::home_dir()),
            vars("PATH").unwrap_or_default(),
            HELPER_LIMIT,
        )
    }

    /// These files, the helpers in the folders of `path`, and how long each
    /// helper may take.
    pub fn new(files: Vec<PathBuf>, path: OsString, limit: Duration) -> Credentials {
        let helpers = Helpers { path, limit };
        Credentials { files, helpers }
    }

    /// The first credential for a repository (`library/alpine`) of a registry
    /// (`docker.io`, `localhost:5000`). May run helpers, and so may take seconds.
    pub fn find(&self, registry: &str, repository: &str) -> Found {
        let mut search = Search {
            helpers: &self.helpers,
            host: canonical(registry),
            repository,
            warnings: Vec::new(),
        };
        let found = self.files.iter().find_map(|file| search.file(file));
        Found {
            credential: found.unwrap_or(Credential::Anonymous),
            warnings: search.warnings,
        }
    }
}

/// The files, in the order of their rank: what was named for this very run, then
/// docker's own, then podman's.
fn places(var: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Vec<PathBuf> {
    let var = |name| {
        var(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    // The XDG specification: a relative path is to be ignored.
    let xdg = |name| var(name).filter(|path| path.is_absolute());
    let in_home = |folder| home.as_ref().map(|home| home.join(folder));
    [
        var("REGISTRY_AUTH_FILE"),
        var("DOCKER_CONFIG")
            .or_else(|| in_home(".docker"))
            .map(|folder| folder.join("config.json")),
        xdg("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        xdg("XDG_CONFIG_HOME")
            .or_else(|| in_home(".config"))
            .map(|folder| folder.join("containers/auth.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One repository's search through the files.
struct Search<'a> {
    helpers: &'a Helpers,
    host: String,
    repository: &'a str,
    warnings: Vec<Warning>,
}

impl Search<'_> {
    fn file(&mut self, file: &Path) -> Option<Credential> {
        let config = match Config::read(file) {
            Ok(config) => config?,
            Err(why) => {
                let file = file.to_owned();
                self.warnings.push(Warning::File { file, why });
                return None;
            }
        };
        let own_helper = config
            .cred_helpers
            .iter()
            .find(|(key, _)| canonical(key) == self.host);
        own_helper
            .and_then(|(_, name)| self.ask(name))
            .or_else(|| self.entry(file, &config))
            .or_else(|| self.ask(&config.creds_store))
    }

    /// What the file itself holds, under the longest key first.
    fn entry(&mut self, file: &Path, config: &Config) -> Option<Credential> {
        let whole = format!("{}/{}", self.host, self.repository);
        let mut rest = Some(whole.as_str());
        while let Some(key) = rest {
            rest = key.rsplit_once('/').map(|(shorter, _)| shorter);
            let entries = config
                .auths
                .iter()
                .filter(|(written, _)| canonical(written) == key)
                .filter_map(|(_, entry)| entry.as_ref());
            for credential in entries.map(Entry::credential) {
                match credential {
                    Ok(None) => {}
                    Ok(found) => return found,
                    Err(config::BadAuth) => self.warnings.push(Warning::Entry {
                        file: file.to_owned(),
                        key: key.to_owned(),
                    }),
                }
            }
        }
        None
    }

    fn ask(&mut self, name: &str) -> Option<Credential> {
        let failed = |warning: &Warning| matches!(warning, Warning::Helper { name: other, .. } if other == name);
        // What failed once is not waited for again; no name is how a file says none.
        if name.is_empty() || self.warnings.iter().any(failed) {
            return None;
        }
        let server = if self.host == HUB {
            HUB_SERVER
        } else {
            &self.host
        };
        self.helpers.get(name, server).unwrap_or_else(|why| {
            let name = name.to_owned();
            self.warnings.push(Warning::Helper { name, why });
            None
        })
    }
}

/// A registry, or a part of it, under one name: without the scheme and the API's
/// version, which docker writes into its keys.
fn canonical(key: &str) -> String {
    let key = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key)
        .trim_end_matches('/');
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" => HUB,
        host => host,
    };
    match path {
        "" | "v1" | "v2" => host.to_owned(),
        path => format!("{host}/{path}"),
    }
}

impl Credential {
    /// `None` if there is no secret: docker writes an empty entry for a registry
    /// whose secret is elsewhere.
    fn of(username: String, secret: Secret) -> Option<Credential> {
        if secret.0.is_empty() {
            None
        } else if username == "<token>" {
            Some(Credential::IdentityToken(secret))
        } else {
            Some(Credential::Login {
                username,
                password: secret,
            })
        }
    }
}

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for whom it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

#[cfg(test)]
mod tests;
