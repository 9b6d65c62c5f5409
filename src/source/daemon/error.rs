//! What can go wrong with a running engine, and what to do about it.

use std::io;

use crate::path::brief;
use crate::source::{Keeper, SourceError};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an engine did not give an image.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// What says where it is cannot be used.
    #[error("{} cannot be found: {error}", engine(*.keeper))]
    Setting {
        /// Who was to be asked.
        keeper: Keeper,
        /// What is wrong with it.
        error: Box<SourceError>,
    },
    /// Nobody listens.
    #[error("{} is not running at {}", engine(*.keeper), brief(.at))]
    NotRunning {
        /// Who was asked.
        keeper: Keeper,
        /// Where.
        at: String,
        /// What the system says.
        #[source]
        error: Option<io::Error>,
    },
    /// Somebody listens, and not to this user.
    #[error("{} may not be asked: no permission for {}", engine(*.keeper), brief(.at))]
    Denied {
        /// Who was asked.
        keeper: Keeper,
        /// Where.
        at: String,
    },
    /// It knows no image of this name.
    #[error("{} has no image `{}`", engine(*.keeper), brief(.name))]
    NoSuchImage {
        /// Who was asked.
        keeper: Keeper,
        /// For what.
        name: String,
    },
    /// It says that it cannot.
    #[error("{} refuses: {}", engine(*.keeper), brief(.message))]
    Refused {
        /// Who was asked.
        keeper: Keeper,
        /// In its own words.
        message: String,
    },
    /// Nothing comes any more.
    #[error("{} has sent nothing for {seconds} s", engine(*.keeper))]
    Stalled {
        /// Who was asked.
        keeper: Keeper,
        /// For so long.
        seconds: u64,
    },
    /// The connection failed, or what came is not what an engine says.
    #[error("the connection to {} at {} failed", engine(*.keeper), brief(.at))]
    Failed {
        /// Who was asked.
        keeper: Keeper,
        /// Where.
        at: String,
        /// How.
        #[source]
        error: Cause,
    },
}

fn engine(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::Podman => "the Podman service",
        _ => "the Docker daemon",
    }
}

impl DaemonError {
    /// May the image well be elsewhere? So it is of an engine that does not have it, or
    /// does not run. Not of one that runs and will not tell: what somebody else has
    /// under that name may be another image.
    pub fn is_absence(&self) -> bool {
        matches!(
            self,
            DaemonError::Setting { .. }
                | DaemonError::NotRunning { .. }
                | DaemonError::NoSuchImage { .. }
        )
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        use DaemonError as Error;
        use Keeper::Podman;
        Some(match self {
            Error::Setting { error, .. } => match &**error {
                SourceError::Unsupported { hint, .. } => hint,
                _ => "mend or remove that file of docker's, or set DOCKER_HOST",
            },
            Error::NotRunning { keeper: Podman, .. } => {
                "`systemctl --user start podman.socket` starts it; CONTAINER_HOST says where it is; without it: `podman save NAME | imgsize report -`"
            }
            Error::NotRunning { .. } => {
                "start it, or say where it is with DOCKER_HOST or `docker context use`"
            }
            Error::Denied { keeper: Podman, .. } => {
                "a user's own images are behind the user's own service: `systemctl --user start podman.socket`"
            }
            Error::Denied { .. } => {
                "add yourself to the group `docker`, use sudo, or run Docker rootless; `registry:NAME` asks no engine"
            }
            Error::NoSuchImage { keeper: Podman, .. } => {
                "`podman images` lists what there is, `podman pull NAME` fetches what is not"
            }
            Error::NoSuchImage { .. } => {
                "`docker images` lists what there is, `docker pull NAME` fetches what is not"
            }
            Error::Refused { .. } | Error::Stalled { .. } => "its own log may tell why",
            Error::Failed { .. } => {
                "is that where it listens, and is it still running? `registry:NAME` asks no engine"
            }
        })
    }
}
