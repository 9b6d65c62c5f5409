//! Extension modules with what only debuggers read.

use crate::advice::python::{in_site, is_package};
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::{BodyId, NodeId};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-unstripped-so",
    summary: "debug information and symbols in Python's extension modules",
    explain: "\
Wheels often hold extension modules as the compiler left them, with debug information and
symbols that only debuggers read: 139 of 652 MB of such files in one environment, 235 of
862 in another; spacy went from 115 to 13 MB, uvloop from 14 to 1.6. Strip them in a
builder stage and copy the environment; a RUN that installs binutils to strip must remove
it again, or little is saved. Never strip what lies in folders called `NAME.libs`: these
were patched when the wheel was built, and numpy and scipy no longer load once they are
stripped. They are left out here. Without symbols, profilers and crash reports show
addresses for names of functions in C. The figure is the size of the sections; what strip
frees differs by a few bytes for each file.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut shrink: Vec<(BodyId, Bytes)> = Vec::new();
    for id in view.owners().map(|(id, _)| id) {
        if !is_package(view, id) {
            continue;
        }
        let files = view.owned(id).iter();
        shrink.extend(files.filter_map(|&file| stripped(view, file)));
    }
    shrink.sort_unstable();
    shrink.dedup();
    if shrink.is_empty() {
        return Vec::new();
    }
    let mut finding = Finding::new(format!(
        "{} extension modules of Python packages hold debug information or symbols",
        shrink.len()
    ))
    .risk(Risk::Check)
    .note("native profilers and crash reports lose the names of functions in C")
    .note("never strip files in folders called `NAME.libs`: they no longer load")
    .fix(format!(
        "# in a builder stage; binutils stays there\n\
         RUN apt-get update && apt-get install -y --no-install-recommends binutils \\\n \
         && find /path/of/site-packages -name '*.so*' -not -path '*.libs/*' -type f -exec strip --strip-unneeded {{}} +\n\
         # in the last stage\n{}",
        view.copy_built(["…"])
    ));
    finding.shrink = shrink;
    vec![finding]
}

/// What strip takes from an extension module, if it may be stripped.
fn stripped(view: &View<'_>, file: NodeId) -> Option<(BodyId, Bytes)> {
    let name = String::from_utf8_lossy(view.fs.name(file)).into_owned();
    if !name.ends_with(".so") && !name.contains(".so.") {
        return None;
    }
    let path = view.path(file);
    let rest = in_site(&path)?;
    let is_patched = rest.split('/').any(|part| part.ends_with(".libs"));
    if is_patched {
        return None;
    }
    let debug = view.elf(file)?.debug;
    let body = view.fs.body_of(file)?;
    (debug > 0).then_some((body, Bytes(debug)))
}
