//! The one cryptography that TLS uses here.

use std::sync::Once;

/// Sees to it that there is one: reqwest is built without, for `ring` is smaller
/// and builds without cmake.
pub(super) fn provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails only if there is one already, and then all is well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
