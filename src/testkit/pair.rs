//! An image and its next version, for tests of comparisons.

use std::io::Read as _;
use std::path::Path;

use super::{Case, finished, must};

/// The first one.
const OLD: &str = r#"
i /bin/sh -c #(nop) ADD file:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa in /
x etc/os-release ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n
f 50000 usr/lib/libbase.so
---
i RUN /bin/sh -c pip install -r requirements.txt # buildkit
x usr/lib/python3.11/site-packages/demo-1.9.0.dist-info/METADATA Name: demo\nVersion: 1.9.0\n
x usr/lib/python3.11/site-packages/demo-1.9.0.dist-info/RECORD demo/core.py,,\ndemo-1.9.0.dist-info/METADATA,,\ndemo-1.9.0.dist-info/RECORD,,\n
f 40000 usr/lib/python3.11/site-packages/demo/core.py
---
i RUN /bin/sh -c make assets # buildkit
d app/assets
f 300000 app/assets/style.css
f 700 app/assets/__pycache__/x.cpython-311.pyc
l app/assets/link style.css
f 20000 tmp/scratch
---
i RUN /bin/sh -c rm -rf /tmp/scratch # buildkit
w tmp/scratch
---
i COPY app /app # buildkit
f 2000 app/main.py
"#;

/// The next: another base, `demo` upgraded, a large file, and the assets made anew.
const NEW: &str = r#"
i /bin/sh -c #(nop) ADD file:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb in /
x etc/os-release ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n
f 70000 usr/lib/libbase.so v2
---
i RUN /bin/sh -c pip install -r requirements.txt # buildkit
x usr/lib/python3.11/site-packages/demo-1.10.0.dist-info/METADATA Name: demo\nVersion: 1.10.0\n
x usr/lib/python3.11/site-packages/demo-1.10.0.dist-info/RECORD demo/core.py,,\ndemo-1.10.0.dist-info/METADATA,,\ndemo-1.10.0.dist-info/RECORD,,\n
f 45000 usr/lib/python3.11/site-packages/demo/core.py v2
---
i RUN /bin/sh -c make assets # buildkit
d app/assets
f 20000 tmp/scratch
f 710 app/assets/__pycache__/x.cpython-311.pyc v2
l app/assets/link style.css
f 300000 app/assets/style.css
---
i RUN /bin/sh -c rm -rf /tmp/scratch # buildkit
w tmp/scratch
---
i COPY app /app # buildkit
f 2000 app/main.py
"#;

/// An image; and the next version of it, in which `/app/payload.dat` of so many bytes is
/// new, a package is upgraded, the base has moved, and the third layer was made anew with
/// the same files.
///
/// # Panics
/// If memory cannot be written to.
pub fn pair(large: usize) -> (Case, Case) {
    let old = Case::parse(OLD, Path::new("."));
    let new = format!("{NEW}f {large} app/payload.dat\n");
    let mut new = Case::parse(&new, Path::new("."));
    new.layers[2] = touched(&new.layers[2], 1_700_000_000);
    (old, new)
}

/// The same tar with another time at each member.
///
/// # Panics
/// If it is no tar.
pub fn touched(tar: &[u8], mtime: u64) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for entry in must(tar::Archive::new(tar).entries()) {
        let mut entry = must(entry);
        let mut header = entry.header().clone();
        header.set_mtime(mtime);
        header.set_cksum();
        let mut bytes = Vec::new();
        must(entry.read_to_end(&mut bytes));
        must(out.append(&header, &*bytes));
    }
    finished(out.into_inner())
}
