//! Files of one content at several paths.

use super::{
    ml_hf_cache::is_snapshot, ml_model_duplicate::is_model, wheel_soname_duplicates::is_soname,
};
use crate::advice::{Confidence, Copies, Finding, Risk, Rule, View, is_licence};
use crate::owner::{Category, OwnerId};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "duplicate-content",
    summary: "files that are in the image more than once",
    explain: "\
The same content at two paths of the final filesystem is stored twice. Mostly that is
little: 10 MB of 1.5 GB in a Python image that was measured, 7 MB of 472 in one of Next. A
hard link, made in the RUN that writes both, stores it once; a COPY can leave one out. It
counts files of 64 KB or more that are all the author's, or all of one package of a
language: copies in two packages nobody can unite. A file that a program changes in place
would change under both names, and an update of the package makes two of them again. It
cannot see whether a program writes to them.",
    check,
};

const SMALLEST: Bytes = Bytes(64 << 10);

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_meant = |copies: &&Copies| {
        let is_large = view.weigh(&[copies.kept]) >= SMALLEST;
        is_large
            && is_of_one(view, copies)
            && !is_model(view, copies.kept)
            && !is_snapshot(view, copies)
            && !is_soname(view, copies)
            && !is_licence(view.fs.name(copies.kept))
    };
    let groups: Vec<&Copies> = view.copies().iter().filter(is_meant).collect();
    let Some(first) = groups.first() else {
        return Vec::new();
    };
    let count: usize = groups.iter().map(|copies| copies.others.len()).sum();
    let title = format!(
        "{count} files are copies of others: of {} …",
        view.shown(first.kept)
    );
    vec![
        Finding::new(title)
            .linked(view, &groups)
            .risk(Risk::Check)
            .confidence(Confidence::High)
            .note(
                "see that nothing writes to these files: a link has one content under both names",
            ),
    ]
}

/// Are all of them the author's, or of one package, with the same owner and permissions?
fn is_of_one(view: &View<'_>, copies: &Copies) -> bool {
    let (id, owner) = view.owner(copies.kept);
    let is_authors = view.is_authors(copies.kept);
    let is_package = id != OwnerId::UNATTRIBUTED && owner.category == Category::LanguagePackages;
    let rights = |node| {
        let entry = view.fs.entry_of(node);
        entry.map(|entry| (entry.mode, entry.uid, entry.gid))
    };
    copies.others.iter().all(|&other| {
        let same = match is_authors {
            true => view.is_authors(other),
            false => is_package && view.owner(other).0 == id,
        };
        same && rights(other) == rights(copies.kept)
    })
}
