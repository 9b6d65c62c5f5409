//! The base by the history: the last words of a known image, a `CMD` that a base
//! ends with, a gap in time. What is read is in the table of [`super::families`].

use super::families::{FAMILIES, Family, Mark, OWN, Tag};
use super::{Answer, Confidence, Evidence, Facts, Title, family_of};
use crate::rootfs::LayerNo;
use crate::source::{ImageInfo, Step};

/// What lies so far apart was not built in one go.
const GAP: i64 = 10 * 60 * 1_000_000_000;
/// Before 1971 no image was built: such times are made up to be the same always.
const MADE_UP: i64 = 365 * 86_400 * 1_000_000_000;
/// More of an instruction is not looked at.
const LONGEST: usize = 4096;

/// A history, one line a step.
struct History<'i> {
    steps: &'i [Step],
    lines: Vec<String>,
}

/// An image that the history tells of.
struct Seen {
    family: &'static Family,
    /// Its first words, and its last step.
    start: usize,
    end: usize,
    /// Did it end with the words that it always ends with?
    is_closed: bool,
}

pub(super) fn answer(facts: &Facts<'_>) -> Option<Answer> {
    let history = History::of(facts.info);
    let (end, confidence) = match is_from_scratch(facts.info) {
        // Nothing was built below: only a system that was unpacked is a base.
        true => history.lower().map(|seen| (seen.end, Confidence::Medium))?,
        false => history.end()?,
    };
    let layers = history.layers(end);
    (layers > 0).then_some(Answer {
        layers,
        evidence: Evidence::History,
        confidence,
        title: None,
    })
}

/// What the base of so many layers is called.
pub(super) fn title(facts: &Facts<'_>, layers: LayerNo) -> Option<Title> {
    let history = History::of(facts.info);
    let mut seen = history.seen();
    seen.retain(|seen| history.layers(seen.end) == layers);
    let top = seen.into_iter().max_by_key(|seen| seen.end)?;
    Some(Title {
        name: history.name(&top, facts)?,
        digest: None,
        by: Evidence::History,
    })
}

/// The family of the base, as the last part of its name.
pub(super) fn family(info: &ImageInfo) -> Option<&'static str> {
    let lower = History::of(info).lower()?;
    Some(family_of(lower.family.name))
}

fn is_from_scratch(info: &ImageInfo) -> bool {
    let provenance = info.provenance.as_ref();
    let start = provenance.and_then(|provenance| provenance.start.as_ref());
    start.is_some_and(|start| start.image.is_none() && start.layers.is_none())
}

impl<'i> History<'i> {
    fn of(info: &'i ImageInfo) -> History<'i> {
        let lines = info.steps.iter().map(|step| instruction(&step.created_by));
        History {
            steps: &info.steps,
            lines: lines.collect(),
        }
    }

    /// The last step of the base.
    fn end(&self) -> Option<(usize, Confidence)> {
        let is_own = |no: &usize| OWN.iter().any(|mark| self.has(*no, mark));
        if let Some(own) = (0..self.lines.len()).find(is_own) {
            return Some((own.checked_sub(1)?, Confidence::Medium));
        }
        let cmd = self.cmd();
        let confirmed = cmd.filter(|&cmd| self.is_gap(cmd));
        if let Some(seen) = self.lower() {
            // Somebody's own base, made on a known one.
            let above = confirmed.filter(|&cmd| self.layers(cmd) > self.layers(seen.end));
            return Some(match (above, seen.is_closed || self.is_gap(seen.end)) {
                (Some(cmd), _) => (cmd, Confidence::Medium),
                (None, true) => (seen.end, Confidence::Medium),
                (None, false) => (seen.end, Confidence::Low),
            });
        }
        if let Some(cmd) = confirmed {
            return Some((cmd, Confidence::Medium));
        }
        let gap = || (0..self.steps.len()).find(|&no| self.is_gap(no));
        cmd.or_else(gap).map(|end| (end, Confidence::Low))
    }

    /// The known image that ends last and still has something on it: else the image
    /// itself is the known one, and its base is the one below.
    fn lower(&self) -> Option<Seen> {
        let (mut whole, mut lower) = (None, None);
        for seen in self.seen() {
            let best = match seen.end + 1 == self.lines.len() {
                true => &mut whole,
                false => &mut lower,
            };
            if best.as_ref().is_none_or(|best: &Seen| best.end < seen.end) {
                *best = Some(seen);
            }
        }
        lower.or(whole.filter(|seen| seen.is_closed))
    }

    /// Every known image that the history tells of.
    fn seen(&self) -> Vec<Seen> {
        FAMILIES
            .iter()
            .filter_map(|family| self.look_for(family))
            .collect()
    }

    fn look_for(&self, family: &'static Family) -> Option<Seen> {
        let has_any = |no: usize, marks: &[Mark]| marks.iter().any(|mark| self.has(no, mark));
        // Below a system there is nothing but what tells of it.
        let first_layer = self.steps.iter().position(|step| step.has_layer)?;
        let most = match family.is_os {
            true => first_layer + 1,
            false => self.lines.len(),
        };
        let start = (0..most).find(|&no| has_any(no, family.opens))?;
        let rest = start..self.lines.len();
        let closing = rest
            .take(family.within + 1)
            .find(|&no| has_any(no, family.closes));
        let follows = |no: usize| {
            let opens = family.closes.is_empty() && has_any(no, family.opens);
            no < self.lines.len() && (opens || has_any(no, family.follows))
        };
        if closing.is_none() && !family.closes.is_empty() && family.is_os {
            return None;
        }
        let mut end = closing.unwrap_or(start);
        while follows(end + 1) {
            end += 1;
        }
        Some(Seen {
            family,
            start,
            end: self.one_build(end),
            is_closed: closing.is_some(),
        })
    }

    /// Official images are built with one time for all of their steps: what has the
    /// time of the last known step was built with it, unless everything was.
    fn one_build(&self, end: usize) -> usize {
        let created = |no: usize| self.steps.get(no).and_then(|step| step.created);
        let last = created(self.steps.len().saturating_sub(1));
        let Some(time) = created(end).filter(|&time| time > MADE_UP && last != Some(time)) else {
            return end;
        };
        let rest = end + 1..self.steps.len();
        end + rest.take_while(|&no| created(no) == Some(time)).count()
    }

    /// The `CMD` that closes the base: not the image's own, which stands behind its
    /// last layer (the rule of Trivy's base image guess).
    fn cmd(&self) -> Option<usize> {
        let own = self.steps.iter().rposition(|step| step.has_layer)?;
        let is_cmd = |no: &usize| !self.steps[*no].has_layer && self.lines[*no].starts_with("CMD ");
        let cmd = (0..own).rev().find(is_cmd)?;
        (self.layers(cmd) > 0).then_some(cmd)
    }

    /// Was the next step made much later than this one?
    fn is_gap(&self, no: usize) -> bool {
        let created = |no: usize| self.steps.get(no).and_then(|step| step.created);
        let times = created(no).zip(created(no + 1));
        times.is_some_and(|(before, after)| before > MADE_UP && after.saturating_sub(before) > GAP)
    }

    /// The layers up to this step.
    fn layers(&self, end: usize) -> LayerNo {
        let steps = self.steps.iter().take(end + 1);
        let count = steps.filter(|step| step.has_layer).count();
        LayerNo::try_from(count).unwrap_or_default()
    }

    fn has(&self, no: usize, mark: &Mark) -> bool {
        let (Some(line), Some(step)) = (self.lines.get(no), self.steps.get(no)) else {
            return false;
        };
        match *mark {
            Mark::Is(text) => line == text,
            Mark::Begins(text) => line.starts_with(text),
            Mark::Holds(text) => line.contains(text),
            Mark::Says(text) => step.comment.contains(text),
        }
    }

    /// `python:3.11.9-slim`, as far as it is known.
    fn name(&self, seen: &Seen, facts: &Facts<'_>) -> Option<String> {
        let (family, os) = (seen.family, facts.os.as_ref());
        let name = match family.name {
            // It says itself which of several it is; others may have named it anew.
            "ubi" => facts
                .info
                .config
                .labels
                .get("name")
                .filter(|name| name.starts_with("ubi"))?,
            name => name,
        };
        // Many systems are unpacked in the same words.
        let is_system = |os: &super::Os| os.id == family.name;
        let is_other = os.map_or(self.is_vague(seen), |os| !is_system(os));
        if family.is_os && is_other && !matches!(family.name, "ubi" | "distroless") {
            return None;
        }
        let tag = match (&family.tag, os) {
            (Tag::Version(variable), _) => {
                let base = &self.lines[..=seen.end];
                let version = base
                    .iter()
                    .rev()
                    .find_map(|line| variable_in(line, variable));
                version.map(|version| format!("{version}{}", self.flavour(family, os)))
            }
            (Tag::Codename, Some(os)) if !os.codename.is_empty() => {
                let slim = if os.slim && family.is_os { "-slim" } else { "" };
                Some(format!("{}{slim}", os.codename))
            }
            (Tag::Release, Some(os)) if !os.version.is_empty() => Some(os.version.clone()),
            _ => None,
        };
        Some(match tag {
            Some(tag) => format!("{name}:{tag}"),
            None => name.to_owned(),
        })
    }

    /// Which of the images of one version.
    fn flavour(&self, family: &Family, os: Option<&super::Os>) -> &'static str {
        let seen = self.seen();
        let is_on = |name: &str| {
            let is_seen = seen
                .iter()
                .any(|seen| seen.family.name == name && !self.is_vague(seen));
            os.map_or(is_seen, |os| os.id == name)
        };
        let has_compilers = seen.iter().any(|seen| seen.family.name == "buildpack-deps");
        match family.has_slim && !has_compilers && is_on("debian") {
            true => "-slim",
            false if is_on("alpine") => "-alpine",
            false => "",
        }
    }

    fn is_vague(&self, seen: &Seen) -> bool {
        let first = &self.lines[seen.start];
        first.starts_with("ADD file:") || first.starts_with("ADD rootfs.tar")
    }
}

/// An instruction without what the builders put around it, in one spelling.
fn instruction(created_by: &str) -> String {
    let text: String = created_by.trim().chars().take(LONGEST).collect();
    let text = text
        .strip_prefix("/bin/sh -c #(nop)")
        .unwrap_or(&text)
        .trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("\", \"", "\" \"")
}

/// The value that `ENV` gives a variable, as far as a tag may hold it.
fn variable_in(line: &str, name: &str) -> Option<String> {
    let mut words = line.strip_prefix("ENV ")?.split(' ');
    let value = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.trim_matches('"');
    let value = value
        .strip_prefix("jdk-")
        .unwrap_or(value)
        .replace('+', "_");
    // Of a Debian package, without the package's own revision.
    let value = value.split('-').next().unwrap_or_default();
    let is_sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    (!value.is_empty() && value.len() <= 40 && value.chars().all(is_sound))
        .then(|| value.to_owned())
}
