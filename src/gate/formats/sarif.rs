//! Findings for code scanning. What comes in is a verdict; what goes out is SARIF 2.1.0:
//! a rule a limit, and a result for each image that does not keep it, at the line of the
//! budget's file. Where flags made the budget there is no file, and a result names the
//! image alone.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::VerdictFormat;
use super::words::{budget_file, keys, name, sentence, trouble, why};
use crate::gate::{Level, LimitRow, State, Verdict};
use crate::report::Style;

pub(super) const FORMAT: VerdictFormat = VerdictFormat { id: "sarif", write };

fn write(verdict: &Verdict, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: Vec<&LimitRow> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in verdict.images.iter().flat_map(|image| &image.limits) {
        places.entry(name(&row.id)).or_insert_with(|| {
            rules.push(row);
            rules.len() - 1
        });
    }
    let keys = keys(verdict);
    let mut results = Vec::new();
    for (image, row) in trouble(verdict) {
        let (Some(checked), Some(key)) = (verdict.images.get(image), keys.get(image)) else {
            continue;
        };
        results.push(json!({
            "ruleId": name(&row.id),
            "ruleIndex": places.get(&name(&row.id)),
            "level": if row.state == State::Fail { "error" } else { "warning" },
            "message": { "text": format!("{}: {}", name(&checked.name), why(row)) },
            "locations": [location(verdict, row, &name(&checked.name))],
            "partialFingerprints": { "limitAndImage/v1": format!("{} {key}", name(&row.id)) },
            "properties": {
                "actual": row.actual,
                "limit": row.limit,
                "baseline": row.baseline,
                "code": name(&row.code),
                "because": row.because.iter().map(|what| name(what)).collect::<Vec<_>>(),
            },
        }));
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "imgsize",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    // Every text in it was made safe above.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

fn rule(row: &LimitRow) -> Value {
    let level = match row.level {
        Level::Warn => "warning",
        Level::Fail => "error",
    };
    let title = sentence(&row.title);
    let help = row
        .message
        .as_deref()
        .map(sentence)
        .filter(|text| !text.is_empty());
    json!({
        "id": name(&row.id),
        "shortDescription": { "text": title },
        "help": { "text": help.unwrap_or(title) },
        "defaultConfiguration": { "level": level },
    })
}

fn location(verdict: &Verdict, row: &LimitRow, image: &str) -> Value {
    let mut location = json!({
        "logicalLocations": [{ "fullyQualifiedName": image, "kind": "resource" }],
    });
    if let Some(file) = budget_file(verdict) {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": uri(file) },
            // GitHub wants one; that of the first line is no claim.
            "region": { "startLine": row.line.unwrap_or(1).max(1) },
        });
    }
    location
}

/// A path as a URI: relative to the repository, or of a file.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
