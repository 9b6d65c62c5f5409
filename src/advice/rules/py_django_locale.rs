//! Translations that Django brings, as translators write them.

use crate::advice::python::files_ending;
use crate::advice::{Finding, Risk, Rule, View};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-django-locale",
    summary: "sources of translations in Django and its kin",
    explain: "\
A translation is written as `django.po` and read as `django.mo`: the first is the source
of the second, and 9 MB of Django. Only those who translate need it. Remove it in the RUN
that installs. Counted are files that have their `.mo` beside them in an installed
package. A program that shows or edits translations (rosetta) does read them. The
compiled files of languages that nobody uses are another 7 MB; which those are it cannot
see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_editor = ["django-rosetta", "weblate"]
        .iter()
        .any(|name| view.package("pip", name).is_some());
    if is_editor {
        return Vec::new();
    }
    let files: Vec<NodeId> = files_ending(view, &["po"])
        .into_iter()
        .map(|(file, _)| file)
        .filter(|&file| {
            let folder = view.fs.parent(file);
            let name = view.fs.name(file);
            let compiled = [name.strip_suffix(b".po").unwrap_or(name), b".mo"].concat();
            view.fs.name(folder) == b"LC_MESSAGES" && view.fs.child(folder, &compiled).is_some()
        })
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(format!(
            "{} sources of translations are in Python packages",
            files.len()
        ))
        .bodies(view.bodies(files))
        .risk(Risk::Check)
        .note("that the program does not compile or show translations itself")
        .fix("RUN pip install … && find / -path '*/site-packages/*/LC_MESSAGES/*.po' -delete"),
    ]
}
