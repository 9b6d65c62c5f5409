//! Languages that Babel knows.

use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-babel-locales",
    summary: "data of Babel for languages that may not be needed",
    explain: "\
Babel brings data for about a thousand languages and regions, 31 MB; with English and German
only it is 2. Remove the files of others in the RUN that installs. root.dat must stay, and
so must global.dat beside the folder: without them nothing works. A language whose file is
gone raises UnknownLocaleError. Counted are all but English: which languages the
program's users ask for the rule cannot see.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let mut files = view.with_ending("dat").to_vec();
    files.retain(|&file| {
        let folder = view.fs.parent(file);
        let name = view.fs.name(file);
        let is_kept = name == b"root.dat" || name == b"en.dat" || name.starts_with(b"en_");
        view.fs.name(folder) == b"locale-data"
            && view.fs.name(view.fs.parent(folder)) == b"babel"
            && !is_kept
    });
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(format!(
            "Babel has data for {} locales but English",
            files.len()
        ))
        .bodies(view.bodies(files))
        .risk(Risk::Check)
        .note("only for languages that nobody asks for")
        .fix(
            "RUN pip install … && find / -path '*/babel/locale-data/*.dat' \
                 ! -name root.dat ! -name 'en*.dat' -delete",
        ),
    ]
}
