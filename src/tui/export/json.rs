//! What is ticked, for programs. What comes in is what is ticked; what goes out is JSON
//! whose rows are those of the report.

use imgsize::path::json_path;
use imgsize::report::Saving;
use serde_json::json;

use super::Form;
use super::picked::Picked;

pub(super) fn form(picked: &Picked<'_>) -> Form {
    let report = &picked.model.report;
    let fs = picked.model.fs();
    let findings: Vec<_> = picked.findings.iter().map(|(row, _)| row).collect();
    let nodes = picked.ticks.nodes.iter();
    let paths: Vec<String> = nodes
        .map(|&node| json_path(fs.path(node).as_bytes()))
        .collect();
    let saves = picked.ticks.saves;
    let projected = Saving {
        stored: report.totals.stored - saves.stored,
        download: report.totals.download - saves.download,
    };
    let value = json!({
        "schema": 1,
        "image": report.image,
        "ticked": { "findings": findings, "paths": paths },
        "saves": saves,
        "projected": projected,
    });
    let text = serde_json::to_string_pretty(&value).map(|text| text + "\n");
    Form {
        title: "JSON: what is ticked and what it comes to",
        file: "imgsize-ticked.json",
        text: text.unwrap_or_default(),
        notes: Vec::new(),
    }
}
