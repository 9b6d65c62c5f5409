//! The rule that only several images can break. What comes in is nothing: the report on a
//! deployment looks for it; what goes out is its name and its words.

use super::{RULES, Rule};

/// Images that stand on several operating systems.
pub const BASE_NOT_SHARED: Rule = Rule {
    id: "base-not-shared",
    summary: "images that run together stand on several operating systems (of several images only)",
    explain: "\
An engine stores a layer once, however many images have it. Images whose lowest layers
differ each bring an operating system of their own: two tags of one distribution, or two
days of one tag, share nothing. Build all of them FROM one base that is pinned by its
digest, and build them anew together. The figure is an estimate: all of these systems but
the largest, by their files of the base OS, in stored bytes. A report on one image never
says it. It cannot see whether a program needs the base that it has.",
    check: |_| Vec::new(),
};

/// Every rule that a report may name: of one image, then of several.
pub fn all_rules() -> impl Iterator<Item = &'static Rule> {
    const SEVERAL: &[Rule] = &[BASE_NOT_SHARED];
    RULES.iter().chain(SEVERAL)
}
