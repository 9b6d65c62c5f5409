//! Which findings are followed. What comes in is all advice and the user's rules; what
//! goes out is the findings that a trim can follow, and those that it cannot, and why.

use std::str::FromStr;

use crate::advice::{Advice, Finding, RULES, Risk};
use crate::analysis::Analysis;
use crate::layer::EntryKind;
use crate::path::brief;

/// What the user chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Every finding that is safe.
    pub safe: bool,
    /// Every finding of these rules, whatever it risks: each was named.
    pub named: Vec<&'static str>,
}

/// No rule is called so.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule `{}`; there is `safe`, and {}", brief(.0), names())]
pub struct UnknownRule(String);

fn names() -> String {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    names.join(", ")
}

impl FromStr for Rules {
    type Err = UnknownRule;

    /// `safe`, or names of rules, or both, with commas between them.
    fn from_str(text: &str) -> Result<Rules, UnknownRule> {
        let mut rules = Rules::default();
        for word in text.split(',').map(str::trim) {
            match RULES.iter().find(|rule| rule.id == word) {
                Some(rule) => rules.named.push(rule.id),
                None if word == "safe" => rules.safe = true,
                None => return Err(UnknownRule(word.to_owned())),
            }
        }
        Ok(rules)
    }
}

/// The findings that are followed, and those that are not.
#[derive(Debug, Default)]
pub struct Chosen {
    /// They take whole contents away, and nothing else is left in them.
    pub findings: Vec<Finding>,
    /// They were meant too.
    pub left_out: Vec<LeftOut>,
}

/// A finding that a trim cannot follow, or that has to be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its rule.
    pub rule: &'static str,
    /// What it says.
    pub title: String,
    /// Why it is left out.
    pub why: &'static str,
}

/// Chooses among the findings.
pub fn choose(analysis: &Analysis, advice: &Advice, rules: &Rules) -> Chosen {
    let mut chosen = Chosen::default();
    for counted in &advice.findings {
        let finding = &counted.finding;
        match verdict(analysis, finding, rules) {
            Verdict::NotMeant => {}
            Verdict::Follow => chosen.findings.push(Finding {
                shrink: Vec::new(),
                ..finding.clone()
            }),
            Verdict::LeaveOut(why) => chosen.left_out.push(LeftOut {
                rule: finding.rule,
                title: finding.title.clone(),
                why,
            }),
        }
        // What is followed may be more than what can be taken away.
        if matches!(verdict(analysis, finding, rules), Verdict::Follow)
            && !finding.shrink.is_empty()
        {
            chosen.left_out.push(LeftOut {
                rule: finding.rule,
                title: finding.title.clone(),
                why: "its programs are not stripped, only whole files go",
            });
        }
    }
    chosen
}

enum Verdict {
    NotMeant,
    Follow,
    LeaveOut(&'static str),
}

fn verdict(analysis: &Analysis, finding: &Finding, rules: &Rules) -> Verdict {
    let is_named = rules.named.contains(&finding.rule);
    let is_meant = is_named || rules.safe && matches!(finding.risk, Risk::Safe | Risk::Behaviour);
    if !is_meant {
        return Verdict::NotMeant;
    }
    if finding.bodies.is_empty() {
        return Verdict::LeaveOut(match (finding.shrink.is_empty(), finding.estimate) {
            (false, _) => "it strips programs, and a trim only takes whole files away",
            (true, Some(_)) => {
                "it is an estimate, which names no bytes to take out; change the build"
            }
            (true, None) => "it names no files that could go; change the build",
        });
    }
    if finding.risk == Risk::Behaviour && !is_named {
        return Verdict::LeaveOut("it changes what the program does; name its rule to follow it");
    }
    let fs = &analysis.fs;
    let is_file = |id| fs.entry(fs.body(id)).kind == EntryKind::File;
    match finding.bodies.iter().all(|&id| is_file(id)) {
        true => Verdict::Follow,
        false => Verdict::LeaveOut("its bytes are in a whiteout, which has to stay"),
    }
}
