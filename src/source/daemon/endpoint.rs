//! Where the engines listen: what the environment says, read once.

use std::env;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::digest::Digest;
use crate::path::brief;
use crate::source::document::{document, parse};
use crate::source::{Keeper, SourceError};

/// Files of docker's own are kilobytes.
const LARGEST_FILE: u64 = 1 << 20;

/// What says where the engines listen. All may be absent.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// The folder of docker's config.json: `DOCKER_CONFIG`, or in the home folder.
    pub docker_config: Option<PathBuf>,
    /// `DOCKER_TLS_VERIFY` is set.
    pub docker_tls: bool,
    /// `DOCKER_CERT_PATH`; else the folder of the config.
    pub docker_certificates: Option<PathBuf>,
    /// `CONTAINER_HOST`, of podman.
    pub container_host: Option<String>,
    /// Where sockets are looked for, best first, if nothing else is said.
    pub docker_sockets: Vec<PathBuf>,
    /// The same of podman.
    pub podman_sockets: Vec<PathBuf>,
    /// How long an engine may take.
    pub patience: Patience,
}

/// How long an engine may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// To be reached.
    pub connect: Duration,
    /// To send the first byte: podman writes the whole archive to a disk before.
    pub answer: Duration,
    /// Between two pieces.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(600),
            pause: Duration::from_secs(60),
        }
    }
}

/// A place that an engine listens at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) socket: Socket,
    pub(super) tls: Option<Tls>,
    /// As the user spells it.
    pub(super) shown: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Socket {
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

/// How to trust, and be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tls {
    /// Of ca.pem, cert.pem, key.pem; `None` for the system's authorities alone.
    pub(super) folder: Option<PathBuf>,
    /// Whoever made the context said that anybody will do.
    pub(super) trusts_all: bool,
}

document! {
    /// docker's config.json.
    struct ConfigDoc {
        context: String = "currentContext",
    }
}

document! {
    /// A context's meta.json.
    struct ContextDoc {
        endpoints: EndpointsDoc = "Endpoints",
    }
}

document! {
    struct EndpointsDoc {
        docker: EndpointDoc = "docker",
    }
}

document! {
    struct EndpointDoc {
        host: String = "Host",
        skip_verify: bool = "SkipTLSVerify",
    }
}

impl Endpoints {
    /// What this process was told.
    pub fn from_env() -> Endpoints {
        let text = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        let folder = |name: &str| {
            let folder = env::var_os(name).filter(|folder| !folder.is_empty());
            folder.map(PathBuf::from)
        };
        let home = env::home_dir();
        let at_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let runtime = folder("XDG_RUNTIME_DIR");
        let at_runtime = |path: &str| runtime.as_ref().map(|folder| folder.join(path));
        // No process may ask for its user without `unsafe`; its folder tells.
        let user = fs::metadata("/proc/self").ok().map(|kind| kind.uid());
        let at_user =
            |path: &str| user.map(|user| PathBuf::from(format!("/run/user/{user}/{path}")));
        let docker = [
            Some(PathBuf::from("/var/run/docker.sock")),
            at_runtime("docker.sock"),
            at_home(".docker/run/docker.sock"),
            at_home(".docker/desktop/docker.sock"),
        ];
        let podman = [
            at_runtime("podman/podman.sock"),
            at_user("podman/podman.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
        ];
        Endpoints {
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            docker_config: folder("DOCKER_CONFIG").or_else(|| at_home(".docker")),
            docker_tls: text("DOCKER_TLS_VERIFY").is_some(),
            docker_certificates: folder("DOCKER_CERT_PATH"),
            container_host: text("CONTAINER_HOST"),
            docker_sockets: docker.into_iter().flatten().collect(),
            podman_sockets: podman.into_iter().flatten().collect(),
            patience: Patience::default(),
        }
    }

    /// Where this engine listens, by all that is said of it.
    pub(super) fn find(&self, keeper: Keeper) -> Result<Endpoint, SourceError> {
        let sockets = match keeper {
            Keeper::Podman => {
                if let Some(host) = &self.container_host {
                    return endpoint(host, None);
                }
                &self.podman_sockets
            }
            _ => {
                if let Some(host) = &self.docker_host {
                    return endpoint(host, self.tls());
                }
                if let Some(context) = self.context()? {
                    return self.of_context(&context);
                }
                &self.docker_sockets
            }
        };
        // The first that is there; the usual one, to be told of, if none is.
        let there = sockets.iter().find(|path| path.exists());
        let path = there.or(sockets.first()).cloned().unwrap_or_default();
        Ok(unix(path))
    }

    fn tls(&self) -> Option<Tls> {
        let folder = self.docker_certificates.as_ref();
        let folder = folder.or(self.docker_config.as_ref())?.clone();
        self.docker_tls.then_some(Tls {
            folder: Some(folder),
            trusts_all: false,
        })
    }

    /// The context in use, unless it is the default one.
    fn context(&self) -> Result<Option<String>, SourceError> {
        let written = || -> Result<Option<String>, SourceError> {
            let Some(folder) = &self.docker_config else {
                return Ok(None);
            };
            let config: Option<ConfigDoc> = small(&folder.join("config.json"))?;
            Ok(config.map(|config| config.context))
        };
        let context = match &self.docker_context {
            Some(context) => Some(context.clone()),
            None => written()?,
        };
        Ok(context.filter(|name| !name.is_empty() && name != "default"))
    }

    fn of_context(&self, name: &str) -> Result<Endpoint, SourceError> {
        let unknown = || SourceError::Unsupported {
            what: format!("there is no docker context `{}`", brief(name)),
            hint: "`docker context ls` lists what there is; DOCKER_CONTEXT and `docker context use` choose one",
        };
        let folder = self.docker_config.as_ref().ok_or_else(unknown)?;
        let folder = folder.join("contexts");
        let hash = Digest::sha256(name.as_bytes()).hex();
        let meta: Option<ContextDoc> = small(&folder.join("meta").join(&hash).join("meta.json"))?;
        let docker = meta.map(|meta| meta.endpoints.docker).ok_or_else(unknown)?;
        let certificates = folder.join("tls").join(&hash).join("docker");
        let tls = (certificates.is_dir() || docker.skip_verify).then_some(Tls {
            folder: Some(certificates),
            trusts_all: docker.skip_verify,
        });
        endpoint(&docker.host, tls)
    }
}

fn unix(path: PathBuf) -> Endpoint {
    Endpoint {
        shown: format!("unix://{}", path.display()),
        socket: Socket::Unix(path),
        tls: None,
    }
}

/// What a host says: `unix://PATH` or `tcp://HOST:PORT`.
fn endpoint(host: &str, tls: Option<Tls>) -> Result<Endpoint, SourceError> {
    let unsupported = |hint| SourceError::Unsupported {
        what: format!("the engine at `{}` cannot be asked from here", brief(host)),
        hint,
    };
    let (tcp, tls) = match host.split_once("://") {
        Some(("unix", path)) => return Ok(unix(PathBuf::from(path))),
        Some(("tcp" | "http", there)) => (there, tls),
        Some(("https", there)) => (
            there,
            Some(tls.unwrap_or(Tls {
                folder: None,
                trusts_all: false,
            })),
        ),
        Some(("ssh", _)) => {
            return Err(unsupported(
                "imgsize does not use ssh; pipe the image instead: `ssh HOST docker save NAME | imgsize report -`",
            ));
        }
        Some(("npipe", _)) => {
            return Err(unsupported(
                "imgsize does not use named pipes; pipe the image instead: `docker save NAME | imgsize report -`",
            ));
        }
        _ => {
            return Err(unsupported(
                "write `unix://PATH` or `tcp://HOST:PORT`, as docker itself reads it",
            ));
        }
    };
    let tcp = tcp.trim_end_matches('/');
    // Behind the brackets of an IPv6 address.
    let has_port = tcp
        .rsplit(']')
        .next()
        .is_some_and(|rest| rest.contains(':'));
    let port = if tls.is_some() { 2376 } else { 2375 };
    Ok(Endpoint {
        socket: Socket::Tcp(match has_port {
            true => tcp.to_owned(),
            false => format!("{tcp}:{port}"),
        }),
        tls,
        shown: host.to_owned(),
    })
}

/// A small file of docker's own; `None` if there is no such file.
fn small<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, SourceError> {
    let shown = path.to_string_lossy().into_owned();
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut text));
    match read {
        // As docker does.
        Ok(_) if text.trim_ascii().is_empty() => Ok(None),
        Ok(_) => parse(&shown, &text).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SourceError::Read(shown, error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn unix(path: &str) -> Option<Socket> {
        Some(Socket::Unix(PathBuf::from(path)))
    }

    fn tcp(host: &str) -> Option<Socket> {
        Some(Socket::Tcp(host.to_owned()))
    }

    fn at(host: &str) -> Endpoints {
        Endpoints {
            docker_host: Some(host.to_owned()),
            ..Endpoints::default()
        }
    }

    #[test]
    fn a_host_is_read_as_docker_reads_it() {
        for (host, socket) in [
            ("unix:///run/x.sock", unix("/run/x.sock")),
            ("tcp://box:7", tcp("box:7")),
            ("tcp://box", tcp("box:2375")),
            ("tcp://box/", tcp("box:2375")),
            ("tcp://[::1]", tcp("[::1]:2375")),
            ("tcp://[::1]:7", tcp("[::1]:7")),
            ("http://box:7", tcp("box:7")),
            ("https://box", tcp("box:2376")),
            ("ssh://me@box", None),
            ("npipe:////./pipe/docker", None),
            ("fd://", None),
            ("/run/x.sock", None),
        ] {
            let found = at(host).find(Keeper::Docker);
            assert_eq!(found.ok().map(|found| found.socket), socket, "{host}");
        }
        let secret = at("ssh://x\u{1b}[2J").find(Keeper::Docker).unwrap_err();
        assert!(!secret.to_string().contains('\u{1b}'));
        assert!(secret.hint().unwrap().contains("docker save"));
    }

    #[test]
    fn tls_is_as_the_environment_says() {
        let mut told = at("tcp://box");
        told.docker_config = Some("/home/me/.docker".into());
        told.docker_tls = true;
        let found = told.find(Keeper::Docker).unwrap();
        assert_eq!(found.socket, Socket::Tcp("box:2376".to_owned()));
        assert_eq!(
            found.tls.unwrap().folder.as_deref(),
            Some(Path::new("/home/me/.docker"))
        );
        told.docker_certificates = Some("/certs".into());
        let found = told.find(Keeper::Docker).unwrap();
        assert_eq!(
            found.tls.unwrap().folder.as_deref(),
            Some(Path::new("/certs"))
        );
    }

    #[test]
    fn a_context_is_looked_up_and_the_host_goes_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let hash = Digest::sha256(b"far").hex();
        let meta = format!("contexts/meta/{hash}/meta.json");
        put(
            &meta,
            r#"{"Name":"far","Endpoints":{"docker":{"Host":"tcp://far:1","SkipTLSVerify":false}}}"#,
        );
        put(&format!("contexts/tls/{hash}/docker/ca.pem"), "");
        let mut told = Endpoints {
            docker_config: Some(folder.path().to_owned()),
            docker_sockets: vec!["/nowhere/docker.sock".into()],
            ..Endpoints::default()
        };
        let usual = unix("/nowhere/docker.sock").unwrap();
        assert_eq!(told.find(Keeper::Docker).unwrap().socket, usual);
        put("config.json", r#"{"auths":{},"currentContext":"far"}"#);
        let far = told.find(Keeper::Docker).unwrap();
        assert_eq!(far.socket, Socket::Tcp("far:1".to_owned()));
        assert!(
            far.tls
                .unwrap()
                .folder
                .unwrap()
                .ends_with(format!("{hash}/docker"))
        );
        told.docker_context = Some("default".to_owned());
        assert_eq!(told.find(Keeper::Docker).unwrap().socket, usual);
        told.docker_context = Some("../far".to_owned());
        let error = told.find(Keeper::Docker).unwrap_err();
        assert!(error.to_string().contains("no docker context `../far`"));
        told.docker_host = Some("unix:///x".to_owned());
        assert_eq!(
            told.find(Keeper::Docker).ok().map(|found| found.socket),
            unix("/x")
        );
        told.docker_host = None;
        told.docker_context = Some("far".to_owned());
        put(&meta, "{");
        assert!(told.find(Keeper::Docker).is_err());
    }

    #[test]
    fn the_first_socket_that_is_there_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("podman.sock");
        let told = Endpoints {
            podman_sockets: vec!["/nowhere".into(), socket.clone(), folder.path().into()],
            docker_host: Some("tcp://box".to_owned()),
            ..Endpoints::default()
        };
        let found = || told.find(Keeper::Podman).unwrap();
        assert_eq!(found().socket, Socket::Unix(folder.path().into()));
        fs::write(&socket, "").unwrap();
        assert_eq!(found().socket, Socket::Unix(socket));
        assert!(Endpoints::from_env().docker_sockets[0].ends_with("docker.sock"));
    }
}
