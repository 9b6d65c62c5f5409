//! The rules of advice in words.

use std::io::{self, Write};

use imgsize::advice::{Rule, all_rules};

use super::exit::Failure;

/// The rule of that name; an error names what it may have meant.
pub(super) fn find(name: &str) -> Result<&'static Rule, Failure> {
    if let Some(rule) = all_rules().find(|rule| rule.id == name) {
        return Ok(rule);
    }
    let parts: Vec<&str> = name
        .split(['-', '_', ' '])
        .filter(|part| part.len() > 2)
        .collect();
    let is_similar = |rule: &&'static Rule| parts.iter().any(|part| rule.id.contains(part));
    let similar: Vec<&str> = all_rules()
        .filter(is_similar)
        .map(|rule| rule.id)
        .take(5)
        .collect();
    let rest = match similar.is_empty() {
        true => "`imgsize rules` lists them".to_owned(),
        false => format!("there is {}", similar.join(", ")),
    };
    Err(Failure::usage(format!("there is no rule `{name}`; {rest}")))
}

pub(super) fn table(out: &mut dyn Write) -> io::Result<()> {
    let widest = all_rules().map(|rule| rule.id.len()).max();
    let widest = widest.unwrap_or_default();
    for rule in all_rules() {
        writeln!(out, "{:widest$}  {}", rule.id, rule.summary)?;
    }
    Ok(())
}

pub(super) fn json(out: &mut dyn Write) -> io::Result<()> {
    let rule = |rule: &Rule| serde_json::json!({"id": rule.id, "summary": rule.summary, "explain": rule.explain});
    let rules: Vec<_> = all_rules().map(rule).collect();
    serde_json::to_writer_pretty(&mut *out, &serde_json::json!({"schema": 1, "rules": rules}))?;
    writeln!(out)
}

pub(super) fn explain(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n\n{}", rule.id, rule.summary, rule.explain)
}
