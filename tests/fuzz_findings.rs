//! What the fuzzer once found, through the same checks; see `fuzz/README.md`.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

#[allow(unreachable_pub, reason = "the fuzz targets are another crate")]
#[path = "common/checks.rs"]
mod checks;

use std::fs;
use std::path::Path;

#[test]
fn what_the_fuzzer_found_is_found_no_more() {
    type Check = fn(&[u8]);
    let targets: [(&str, Check); 5] = [
        ("archive", checks::archive),
        ("layers", checks::layers),
        ("shown", checks::shown_text),
        ("tar", checks::tar),
        ("toc", checks::toc),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fuzz");
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/images/small/app.oci.tar");
    let image = fs::read(image).unwrap();
    for (target, check) in targets {
        // Where nothing was found yet, the checks themselves must still hold.
        check(b"");
        check(&image);
        // None has been found yet where there is no folder.
        let Ok(findings) = fs::read_dir(folder.join(target)) else {
            continue;
        };
        for finding in findings {
            check(&fs::read(finding.unwrap().path()).unwrap());
        }
    }
}
