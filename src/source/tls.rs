//! The cryptography below https.

use std::sync::Once;

/// Sees to it that rustls has its primitives: must be called before a client of
/// HTTP is built, and may be called again.
pub(super) fn provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if one is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
