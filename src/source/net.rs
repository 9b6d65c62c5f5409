//! How servers are spoken to.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::credentials::Credentials;

/// What the user says of the network, and how patient to be with it.
#[derive(Debug, Clone)]
pub struct Net {
    /// Plain HTTP will do, and so will a certificate that nobody vouches for. For
    /// registries on this machine that is so in any case, as docker has it.
    pub insecure: bool,
    /// A file of PEM certificates to be trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Who the user is; asked only once a registry wants to know.
    pub credentials: Credentials,
    /// How long a server may say nothing, or next to nothing.
    pub patience: Duration,
    /// How long to wait before the second try; each further wait is twice as long.
    pub pause: Duration,
}

/// The usual patience, nothing insecure, and the credentials that the environment names.
impl Default for Net {
    fn default() -> Net {
        Net {
            insecure: false,
            ca_file: None,
            credentials: Credentials::from_env(),
            patience: Duration::from_secs(60),
            pause: Duration::from_secs(1),
        }
    }
}

/// Is this host this very machine? As in Go, what is here is not behind a proxy.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
