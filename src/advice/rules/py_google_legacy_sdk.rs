//! Google's old library for Gemini.

use crate::advice::python::{named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-google-legacy-sdk",
    summary: "google-generativeai, which google-genai replaces without its large requirements",
    explain: "\
google-generativeai requires google-api-python-client with its 113 MB of descriptions and
google-ai-generativelanguage. Google no longer develops it: google-genai, 13 MB, takes its
place and requires neither. One image of 590 MB of packages lost 129 MB so. The calls are
others: the program has to be changed and tried. Counted is the package and what only it
requires, but nothing that the app imports by itself; what google-genai weighs comes back.
It cannot see how much of the old library the app uses.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let ids = named(view, &["google-generativeai"]);
    let finding = without(view, &ids, |_| {
        "google-generativeai is installed, with all that it requires".to_owned()
    });
    finding
        .map(|finding| {
            finding
                .risk(Risk::Behaviour)
                .note("google-genai has other calls, and weighs about 13 MB")
                .fix("# requirements.txt: google-genai instead of google-generativeai")
        })
        .into_iter()
        .collect()
}
