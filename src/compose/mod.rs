//! Compose files. What comes in is a file that says which services make up a
//! deployment; what goes out is the images that they run.
//!
//! Only `image` and `platform` of every service are read, whatever its profiles.
//! `extends`, `include` and files that override this one are not followed, and that
//! is told. Facts: docs.docker.com/reference/compose-file, its parts on services and
//! on interpolation.

mod env_file;
mod interpolate;
mod yaml;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use self::env_file::EnvFile;
use self::interpolate::interpolate;
use crate::path::brief;

/// Of a Compose file, and of the environment file beside it.
const LARGEST: u64 = 1 << 20;
/// Of images; each is read, and its report kept.
const MOST_IMAGES: usize = 500;

/// What a Compose file deploys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compose {
    /// The services with an image, in the order of the file.
    pub services: Vec<Service>,
    /// What a reader of the numbers has to know.
    pub remarks: Vec<Remark>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name in the file.
    pub name: String,
    /// The name of its image, variables replaced.
    pub image: String,
    /// The platform that it asks for.
    pub platform: Option<String>,
}

/// An image, and who runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its name.
    pub image: String,
    /// For which platform, where that is said.
    pub platform: Option<String>,
    /// The services, in the order of the file.
    pub services: Vec<String>,
}

/// Something that is not counted, or not as it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A service that states no image, and what it states instead.
    NoImage(String, &'static str),
    /// A variable that is set nowhere.
    Unset(String),
    /// Other files are included.
    Include,
}

/// Why a Compose file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// It, or the environment file beside it, cannot be read.
    #[error("`{}` cannot be read", brief(.0))]
    Read(String, #[source] io::Error),
    /// It is not what it should be.
    #[error("`{}` is no Compose file: {}", brief(.0), brief(.1))]
    Malformed(String, String),
    /// A value of it has no meaning.
    #[error("service `{}`: {}", brief(.0), brief(.1))]
    Value(String, String),
    /// No service has an image.
    #[error("no service in `{}` states an image", brief(.0))]
    NoImages(String),
    /// More than anyone deploys.
    #[error("`{}` deploys more than {MOST_IMAGES} images", brief(.0))]
    TooMany(String),
}

impl ComposeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ComposeError::NoImages(_) => Some("name the images themselves: `imgsize report A B`"),
            ComposeError::Value(..) => {
                Some("variables come from the environment and from the `.env` file beside it")
            }
            _ => None,
        }
    }
}

/// For people.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::NoImage(service, instead) => {
                let service = brief(service);
                write!(f, "service `{service}` is left out: it states no image")?;
                f.write_str(instead)
            }
            Remark::Unset(name) => {
                write!(f, "`{}` is not set, and counts as empty", brief(name))
            }
            Remark::Include => f.write_str("`include` is not followed: its services are left out"),
        }
    }
}

impl Compose {
    /// Reads a Compose file, and the `.env` beside it if there is one. What `env`
    /// knows goes before what that says.
    pub fn load(
        path: &Path,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Compose, ComposeError> {
        let name = path.to_string_lossy().into_owned();
        let unreadable = |error| ComposeError::Read(name.clone(), error);
        let text = read(path).map_err(unreadable)?;
        let beside = path.with_file_name(".env");
        let env_text = match read(&beside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| {
                ComposeError::Read(beside.to_string_lossy().into_owned(), error)
            })?,
        };
        Compose::read(&name, &text, &env_text, env)
    }

    /// Reads the texts of both; `file` is only to name it.
    fn read(
        file: &str,
        text: &str,
        env_text: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Compose, ComposeError> {
        let raw = yaml::read(text).map_err(|why| ComposeError::Malformed(file.to_owned(), why))?;
        let variables = EnvFile::read(env_text, env);
        let mut unset = Vec::new();
        let mut compose = Compose::default();
        if raw.include {
            compose.remarks.push(Remark::Include);
        }
        for (name, raw) in raw.services {
            let mut value = |text: Option<String>| {
                let text = text.map(|text| {
                    let look = |name: &str| variables.look(name, env);
                    interpolate(&text, &look, &mut unset)
                });
                let text = text.transpose();
                let text = text.map_err(|why| ComposeError::Value(name.clone(), why))?;
                Ok(text.filter(|text| !text.is_empty()))
            };
            let image = value(raw.image)?;
            let platform = value(raw.platform)?;
            match image {
                Some(image) => compose.services.push(Service {
                    name,
                    image,
                    platform,
                }),
                None => compose.remarks.push(Remark::NoImage(name, raw.instead)),
            }
        }
        let mut seen = HashSet::new();
        unset.retain(|name| seen.insert(name.clone()));
        compose.remarks.extend(unset.into_iter().map(Remark::Unset));
        Ok(compose)
    }

    /// Each image once, with the services that run it, in the order of the file.
    /// `platform` is for all of them, where it is given.
    pub fn images(
        &self,
        file: &Path,
        platform: Option<&str>,
    ) -> Result<Vec<Deployed>, ComposeError> {
        let mut images: Vec<Deployed> = Vec::new();
        let mut known = HashMap::new();
        for service in &self.services {
            let platform = platform.or(service.platform.as_deref());
            let no = *known.entry((&service.image, platform)).or_insert_with(|| {
                images.push(Deployed {
                    image: service.image.clone(),
                    platform: platform.map(str::to_owned),
                    services: Vec::new(),
                });
                images.len() - 1
            });
            images[no].services.push(service.name.clone());
        }
        let file = || file.to_string_lossy().into_owned();
        match images.len() {
            0 => Err(ComposeError::NoImages(file())),
            1..=MOST_IMAGES => Ok(images),
            _ => Err(ComposeError::TooMany(file())),
        }
    }
}

/// A small text file.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    file.take(LARGEST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > LARGEST {
        true => Err(io::Error::other(format!("it is over {LARGEST} bytes"))),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests;
