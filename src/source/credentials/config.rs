//! The file in which docker and podman keep credentials: `config.json`, `auth.json`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer};

use super::{Credential, FileError, Secret};

/// The most bytes of such a file.
pub(super) const MAX: u64 = 1 << 20;

/// What of the file is of use here.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Config {
    /// By registry, or by a part of it.
    #[serde(deserialize_with = "null_is_default")]
    pub(super) auths: BTreeMap<String, Option<Entry>>,
    /// The names of helpers by registry.
    #[serde(deserialize_with = "null_is_default")]
    pub(super) cred_helpers: BTreeMap<String, String>,
    /// The name of the helper for all others.
    #[serde(deserialize_with = "null_is_default")]
    pub(super) creds_store: String,
}

/// What a file says of one registry. All may be empty.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    /// The base64 of `user:password`.
    #[serde(deserialize_with = "null_is_default")]
    auth: Secret,
    #[serde(deserialize_with = "null_is_default")]
    username: String,
    #[serde(deserialize_with = "null_is_default")]
    password: Secret,
    #[serde(deserialize_with = "null_is_default")]
    identitytoken: Secret,
}

/// Go writes an empty list, map or text as `null`.
fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An `auth` that is not what it should be.
pub(super) struct BadAuth;

impl Config {
    /// `None` if there is no such file.
    pub(super) fn read(file: &Path) -> Result<Option<Config>, FileError> {
        let mut text = Vec::new();
        let read = File::open(file).and_then(|file| file.take(MAX + 1).read_to_end(&mut text));
        match read.map_err(|error| error.kind()) {
            Ok(length) if length as u64 > MAX => Err(FileError::TooLarge),
            Ok(_) => Config::parse(&text).map(Some),
            Err(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(kind) => Err(FileError::Read(kind)),
        }
    }

    fn parse(text: &[u8]) -> Result<Config, FileError> {
        // As docker does, and so that /dev/null is a file without credentials.
        if text.trim_ascii().is_empty() {
            return Ok(Config::default());
        }
        serde_json::from_slice(text).map_err(|error| FileError::Json {
            line: error.line(),
            column: error.column(),
        })
    }
}

impl Entry {
    pub(super) fn credential(&self) -> Result<Option<Credential>, BadAuth> {
        // Beside an identity token, `auth` holds a user without a password.
        if !self.identitytoken.0.is_empty() {
            let token = self.identitytoken.clone();
            return Ok(Some(Credential::IdentityToken(token)));
        }
        let (username, password) = match self.auth.0.trim() {
            "" => (self.username.clone(), self.password.clone()),
            auth => decode(auth).ok_or(BadAuth)?,
        };
        Ok(Credential::of(username, password))
    }
}

/// Reads `user:password` in either alphabet of base64, padded or not.
fn decode(auth: &str) -> Option<(String, Secret)> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let auth = auth.replace('-', "+").replace('_', "/");
    let plain = String::from_utf8(BASE64.decode(auth).ok()?).ok()?;
    let (username, password) = plain.split_once(':')?;
    // Old versions of docker pad the password with zeros.
    let password = Secret::new(password.trim_matches('\0'));
    Some((username.to_owned(), password))
}
