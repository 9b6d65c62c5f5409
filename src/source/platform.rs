//! Which machine an image is for.

use std::fmt;
use std::str::FromStr;

/// A platform of the OCI image index: operating system, architecture, variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Platform {
    /// `linux`, `windows` …, in Go's words.
    pub os: String,
    /// `amd64`, `arm64` …, in Go's words.
    pub architecture: String,
    /// `v7` of `arm`; `None` where none is stated, or where it is the only one.
    pub variant: Option<String>,
}

impl Platform {
    /// A platform in the usual words.
    pub fn new(os: &str, architecture: &str, variant: Option<&str>) -> Platform {
        let architecture = match architecture {
            "x86_64" | "x86-64" => "amd64",
            "aarch64" => "arm64",
            "i386" | "i686" | "x86" => "386",
            "armhf" | "armel" => "arm",
            other => other,
        };
        let variant = match (architecture, variant) {
            ("arm64", Some("v8" | "8")) | (_, None | Some("")) => None,
            (_, Some(variant)) => Some(variant.to_owned()),
        };
        Platform {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant,
        }
    }

    /// Linux on this machine's architecture: what an engine here would run.
    pub fn host() -> Platform {
        let architecture = match std::env::consts::ARCH {
            "powerpc64" => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Platform::new("linux", architecture, None)
    }

    /// Is `there` what this asks for? A variant counts only if it is asked for.
    pub fn accepts(&self, there: &Platform) -> bool {
        self.os == there.os
            && self.architecture == there.architecture
            && (self.variant.is_none() || self.variant == there.variant)
    }

    /// Does it state both an operating system and an architecture?
    pub fn is_whole(&self) -> bool {
        !self.os.is_empty() && !self.architecture.is_empty()
    }

    /// BuildKit's mark for what is beside the images: attestations.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no platform: write OS/ARCH or OS/ARCH/VARIANT, such as `linux/arm64`")]
pub struct NoPlatform(String);

impl FromStr for Platform {
    type Err = NoPlatform;

    fn from_str(text: &str) -> Result<Platform, NoPlatform> {
        let parts: Vec<&str> = text.split('/').collect();
        match *parts.as_slice() {
            [os, architecture] if !os.is_empty() && !architecture.is_empty() => {
                Ok(Platform::new(os, architecture, None))
            }
            [os, architecture, variant]
                if !os.is_empty() && !architecture.is_empty() && !variant.is_empty() =>
            {
                Ok(Platform::new(os, architecture, Some(variant)))
            }
            _ => Err(NoPlatform(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_platform_are_one() {
        let arm: Platform = "linux/arm64".parse().unwrap();
        assert_eq!("linux/aarch64/v8".parse(), Ok(arm.clone()));
        assert!(arm.accepts(&Platform::new("linux", "arm64", Some("v8"))));
        assert!(
            !"linux/arm/v7"
                .parse::<Platform>()
                .unwrap()
                .accepts(&Platform::new("linux", "arm", Some("v6")))
        );
        assert!(
            "linux/arm"
                .parse::<Platform>()
                .unwrap()
                .accepts(&Platform::new("linux", "arm", Some("v6")))
        );
        for bad in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux//v7"] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
    }
}
