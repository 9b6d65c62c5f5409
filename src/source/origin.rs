//! What the user's image argument means.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{ImageInfo, Name};

/// Where to look, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What an explicit prefix says it is; `None` to find out by looking.
    pub format: Option<Format>,
    /// Where it is.
    pub place: Place,
    /// The tag behind the path: `oci:folder:tag`.
    pub tag: Option<String>,
}

/// How the files of an image are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `docker save`: a tar with a manifest.json.
    DockerArchive,
    /// A tar of an OCI image layout.
    OciArchive,
    /// A folder that is an OCI image layout.
    OciLayout,
}

/// A place for bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The standard input.
    Stdin,
    /// A file or a folder.
    Path(PathBuf),
    /// An image of a running engine or a registry, by its name there.
    At(Keeper, String),
    /// A name without a prefix, and no path: whoever has it.
    Anywhere(String),
}

/// Who keeps images by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// The Docker daemon.
    Docker,
    /// The Podman service.
    Podman,
    /// containerd's content store.
    Containerd,
    /// A registry.
    Registry,
}

impl Keeper {
    /// Every one, in the order in which a bare name is looked for.
    pub const ALL: [Keeper; 4] = [
        Keeper::Docker,
        Keeper::Podman,
        Keeper::Containerd,
        Keeper::Registry,
    ];

    /// By the spelling of a prefix.
    pub fn named(name: &str) -> Option<Keeper> {
        Keeper::ALL.into_iter().find(|keeper| keeper.name() == name)
    }

    /// As a prefix spells it.
    pub fn name(self) -> &'static str {
        match self {
            Keeper::Docker => "docker",
            Keeper::Podman => "podman",
            Keeper::Containerd => "containerd",
            Keeper::Registry => "registry",
        }
    }
}

impl Origin {
    /// Reads an argument. A known prefix always wins, then a path that is there; a
    /// tag is taken off only where nothing has the whole name.
    pub fn parse(argument: &str) -> Origin {
        if let Some((keeper, name)) = kept(argument) {
            return Origin::at(Place::At(keeper, name.to_owned()));
        }
        let (format, rest) = match argument.split_once(':') {
            Some(("docker-archive", rest)) => (Some(Format::DockerArchive), rest),
            Some(("oci-archive", rest)) => (Some(Format::OciArchive), rest),
            Some(("oci-dir" | "oci", rest)) => (Some(Format::OciLayout), rest),
            _ => (None, argument),
        };
        if format.is_none() && is_bare_name(argument) {
            return Origin::at(Place::Anywhere(argument.to_owned()));
        }
        if rest == "-" {
            return Origin {
                format,
                place: Place::Stdin,
                tag: None,
            };
        }
        let (path, tag) = match format {
            Some(_) if !Path::new(rest).exists() => split_tag(rest),
            _ => (rest, None),
        };
        Origin {
            format,
            place: Place::Path(PathBuf::from(path)),
            tag: tag.map(str::to_owned),
        }
    }
}

impl Origin {
    /// Puts down where an image of this `format` came from, and what to call it.
    pub(super) fn name(&self, info: &mut ImageInfo, format: &str) {
        match &self.place {
            // The name is the choice, and an engine's archive need not repeat it.
            Place::At(keeper, name) => {
                info.source = format!("{}:{name}", keeper.name());
                info.name.clone_from(name);
            }
            place => {
                info.source = format!("{format}:{place}");
                if info.name.is_empty() {
                    info.name = place.short_name();
                }
            }
        }
    }

    /// A file or a folder, whatever it looks like.
    pub fn saved(path: &str) -> Origin {
        Origin::at(Place::Path(PathBuf::from(path)))
    }

    /// An image that this keeper has.
    pub fn of(keeper: Keeper, name: &str) -> Origin {
        Origin::at(Place::At(keeper, name.to_owned()))
    }

    fn at(place: Place) -> Origin {
        Origin {
            format: None,
            place,
            tag: None,
        }
    }
}

/// A name behind the prefix of who keeps it.
fn kept(argument: &str) -> Option<(Keeper, &str)> {
    let (prefix, name) = argument.split_once(':')?;
    // A host may be called `registry`, and then a port follows.
    let port = name.split('/').next().unwrap_or_default();
    let is_port = name.contains('/') && port.bytes().all(|byte| byte.is_ascii_digit());
    match (prefix, name.strip_prefix("//")) {
        // As skopeo and others spell these.
        ("docker", Some(name)) => Some((Keeper::Registry, name)),
        ("docker-daemon", _) => Some((Keeper::Docker, name)),
        _ if is_port && !port.is_empty() => None,
        (_, rest) => Keeper::named(prefix).map(|keeper| (keeper, rest.unwrap_or(name))),
    }
}

/// Could this be an image's name, and hardly a path? What is there is a path, and so
/// is what looks like one: a mistyped file is not to be looked for on the network.
fn is_bare_name(argument: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        ".tar", ".tgz", ".tzst", ".txz", ".gz", ".zst", ".xz", ".bz2", ".zip", ".json", ".sif",
        ".img",
    ];
    let looks_like_a_path = argument.starts_with(['.', '/', '~', '-'])
        || argument.ends_with('/')
        || ENDINGS.iter().any(|ending| argument.ends_with(ending));
    !looks_like_a_path && argument.parse::<Name>().is_ok() && !Path::new(argument).exists()
}

/// `path:tag`, where the tag may itself be `name:tag`: the shortest path that exists.
fn split_tag(text: &str) -> (&str, Option<&str>) {
    text.match_indices(':')
        .map(|(at, _)| (&text[..at], &text[at + 1..]))
        .find(|(path, tag)| !tag.is_empty() && Path::new(path).exists())
        .map_or((text, None), |(path, tag)| (path, Some(tag)))
}

impl Place {
    /// The last part of the path.
    fn short_name(&self) -> String {
        match self {
            Place::Stdin => "-".to_owned(),
            Place::At(_, name) | Place::Anywhere(name) => name.clone(),
            Place::Path(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Stdin => f.write_str("-"),
            Place::Path(path) => f.write_str(&path.to_string_lossy()),
            Place::At(_, name) | Place::Anywhere(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> Place {
        Place::Path(PathBuf::from(path))
    }

    #[test]
    fn a_prefix_always_wins_and_a_bare_name_is_a_path() {
        for (argument, format, place, tag) in [
            ("image.tar", None, path("image.tar"), None),
            ("-", None, Place::Stdin, None),
            (
                "docker-archive:-",
                Some(Format::DockerArchive),
                Place::Stdin,
                None,
            ),
            (
                "oci-archive:x.tar",
                Some(Format::OciArchive),
                path("x.tar"),
                None,
            ),
            ("oci-dir:src", Some(Format::OciLayout), path("src"), None),
            (
                "oci:src:1.0",
                Some(Format::OciLayout),
                path("src"),
                Some("1.0"),
            ),
            (
                "oci:src:name:1.0",
                Some(Format::OciLayout),
                path("src"),
                Some("name:1.0"),
            ),
            (
                "oci:nowhere:1.0",
                Some(Format::OciLayout),
                path("nowhere:1.0"),
                None,
            ),
            ("no/such/file.tar", None, path("no/such/file.tar"), None),
            ("./app", None, path("./app"), None),
            ("src", None, path("src"), None),
            ("App", None, path("App"), None),
        ] {
            let tag = tag.map(str::to_owned);
            assert_eq!(
                Origin::parse(argument),
                Origin { format, place, tag },
                "{argument}"
            );
        }
    }
    #[test]
    fn images_are_named_by_who_keeps_them_or_by_nobody() {
        let at = |keeper, name: &str| Place::At(keeper, name.to_owned());
        let anywhere = |name: &str| Place::Anywhere(name.to_owned());
        for (argument, place) in [
            ("docker:app:1", at(Keeper::Docker, "app:1")),
            ("docker-daemon:app:1", at(Keeper::Docker, "app:1")),
            ("docker://alpine", at(Keeper::Registry, "alpine")),
            ("registry:alpine", at(Keeper::Registry, "alpine")),
            (
                "registry:localhost:5000/a:1",
                at(Keeper::Registry, "localhost:5000/a:1"),
            ),
            ("registry:5000/app:1", anywhere("registry:5000/app:1")),
            ("docker:5000", at(Keeper::Docker, "5000")),
            ("podman:app", at(Keeper::Podman, "app")),
            ("containerd:app", at(Keeper::Containerd, "app")),
            ("alpine", anywhere("alpine")),
            ("ghcr.io/a/b:v1.2", anywhere("ghcr.io/a/b:v1.2")),
        ] {
            assert_eq!(Origin::parse(argument).place, place, "{argument}");
        }
    }
}
