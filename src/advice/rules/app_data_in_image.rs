//! Data that may not belong into an image.

use super::archive_left::is_unread;
use crate::advice::{Confidence, Finding, Risk, Rule, View};
use crate::rootfs::NodeId;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "app-data-in-image",
    summary: "data sets, databases, videos and notebooks among the files of the app",
    explain: "\
`COPY . .` takes along what lies in the folder of the project: data sets, a database of the
developer, recordings, notebooks. Data that the program reads is better mounted, or fetched
at the start; what it does not read belongs into .dockerignore. Files of 5 MB or more with
the endings of data count that are the author's and that neither the command nor a script
of the app names, outside of folders whose contents are served. Whether the program needs
them only you know: it is a guess by names.",
    check,
};

const SMALLEST: Bytes = Bytes(5_000_000);
const ENDINGS: &[&str] = &[
    "csv", "tsv", "parquet", "feather", "arrow", "sqlite", "sqlite3", "db", "mp4", "mov", "avi",
    "mkv", "psd", "dump", "sql", "pcap", "ipynb", "ndjson", "jsonl",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let files = ENDINGS.iter().flat_map(|ending| view.with_ending(ending));
    let mut files: Vec<NodeId> = files.copied().collect();
    files.retain(|&file| {
        view.weigh(&[file]) >= SMALLEST && view.is_authors(file) && is_unread(view, file)
    });
    files.sort_unstable();
    let Some(&first) = files.first() else {
        return Vec::new();
    };
    let title = match files.len() {
        1 => format!("a data file is in the image: {}", view.shown(first)),
        count => format!(
            "{count} data files are in the image: {} …",
            view.shown(first)
        ),
    };
    vec![
        Finding::new(title)
            .left_out(view, &files)
            .risk(Risk::Check)
            .confidence(Confidence::Low)
            .note("see that the program does not read them, or mount them"),
    ]
}
