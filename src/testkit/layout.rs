//! OCI layouts for tests. What comes in is cases; what goes out is folders that a reader
//! of layouts takes for an image's.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Case, gzip, must};
use crate::digest::Digest;

/// Writes an OCI layout of one image for several platforms into a folder, as BuildKit
/// does: an index, and in it a manifest for each and an attestation. What comes out
/// is the index's digest.
///
/// # Panics
/// If the folder cannot be written to.
pub fn oci_index(folder: &Path, tag: &str, cases: &[Case]) -> Digest {
    let mut manifests = Vec::new();
    for case in cases {
        let platform = &case.platform;
        let mut manifest = case.put_manifest(folder, gzip);
        manifest["platform"] = json!({"os": platform.os, "architecture": platform.architecture});
        if let Some(variant) = &platform.variant {
            manifest["platform"]["variant"] = json!(variant);
        }
        manifests.push(manifest);
    }
    let mut attestation = Case::parse("f 9 statement", folder).put_manifest(folder, gzip);
    attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    attestation["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": manifests[0]["digest"],
    });
    manifests.push(attestation);
    let index = json!({"schemaVersion": 2, "manifests": manifests}).to_string();
    let media_type = "application/vnd.oci.image.index.v1+json";
    let mut descriptor = put_blob(folder, media_type, index.as_bytes());
    descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
    put_index(folder, &descriptor);
    Digest::sha256(index.as_bytes())
}

/// Writes a blob of a layout; its descriptor.
pub(super) fn put_blob(folder: &Path, media_type: &str, bytes: &[u8]) -> Value {
    let digest = Digest::sha256(bytes);
    let blobs = folder.join("blobs/sha256");
    must(fs::create_dir_all(&blobs));
    must(fs::write(blobs.join(digest.hex()), bytes));
    json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()})
}

pub(super) fn put_index(folder: &Path, descriptor: &Value) {
    let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
    must(fs::write(folder.join("index.json"), index.to_string()));
    must(fs::write(
        folder.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    ));
}
