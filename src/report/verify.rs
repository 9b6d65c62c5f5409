//! Was advice followed? What comes in is a report from before and one from after; what
//! goes out is what became of each finding, and what is new.
//!
//! A finding is known again by its rule and the instruction it is about; where the
//! instruction was changed, as the advice may have asked for, by its rule alone.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FindingRow, Report, SCHEMA, Totals};
use crate::units::Bytes;

/// What became of the findings of a report. All sizes are bytes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// The version of this document's shape.
    pub schema: u32,
    /// The image before.
    pub before: Side,
    /// The image after.
    pub after: Side,
    /// Every finding of the report before, in its order.
    pub findings: Vec<FollowedRow>,
    /// Findings that were not there before, in the order of the report after.
    pub new: Vec<NewRow>,
}

/// One of two images.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// Its name.
    pub image: String,
    /// Its digest.
    pub digest: String,
    /// Stored bytes: live and lost.
    pub stored: Bytes,
    /// In the final filesystem.
    pub live: Bytes,
    /// Stored, and not in it.
    pub lost: Bytes,
    /// What a download takes.
    pub download: Bytes,
}

/// What became of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowedRow {
    /// The rule's id.
    pub rule: String,
    /// What it said.
    pub title: String,
    /// Was it followed?
    pub followed: Followed,
    /// What it promised.
    pub promised: Bytes,
    /// How much of that its rule does not find any more.
    pub achieved: Bytes,
    /// What it promised of the download.
    pub promised_download: Bytes,
    /// How much of that its rule does not find any more.
    pub achieved_download: Bytes,
}

/// A finding that was not there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewRow {
    /// The rule's id.
    pub rule: String,
    /// What it says.
    pub title: String,
    /// What it promises.
    pub stored: Bytes,
    /// What it promises of the download.
    pub download: Bytes,
}

/// Was a finding followed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Followed {
    /// It is not there any more.
    Yes,
    /// It is there, with fewer bytes.
    Partly,
    /// It is there as it was.
    No,
}

impl Followed {
    /// The words of the table.
    pub fn words(self) -> &'static str {
        match self {
            Followed::Yes => "followed",
            Followed::Partly => "partly",
            Followed::No => "not followed",
        }
    }
}

impl Verification {
    /// Puts two reports side by side.
    pub fn new(before: &Report, after: &Report) -> Verification {
        let (found, left) = pairs(&before.findings, &after.findings);
        let rows = before.findings.iter().zip(found);
        let new = |row: &FindingRow| NewRow {
            rule: row.rule.clone(),
            title: row.title.clone(),
            stored: row.saves.stored,
            download: row.saves.download,
        };
        Verification {
            schema: SCHEMA,
            before: side(before),
            after: side(after),
            findings: rows.map(|(row, now)| followed(row, now)).collect(),
            new: left.into_iter().map(new).collect(),
        }
    }
}

fn side(report: &Report) -> Side {
    let Totals {
        stored,
        live,
        lost,
        download,
        ..
    } = report.totals;
    Side {
        image: report.image.name.clone(),
        digest: report.image.digest.clone(),
        stored,
        live,
        lost,
        download,
    }
}

/// For each finding before the one after that it is, if it is there; and the findings
/// after that are none of these.
fn pairs<'r>(
    before: &'r [FindingRow],
    after: &'r [FindingRow],
) -> (Vec<Option<&'r FindingRow>>, Vec<&'r FindingRow>) {
    let mut found: Vec<Option<&FindingRow>> = vec![None; before.len()];
    let mut is_taken = vec![false; after.len()];
    for same_instruction in [true, false] {
        let key = |row: &'r FindingRow| {
            let instruction = row.instruction.as_deref().filter(|_| same_instruction);
            (row.rule.as_str(), instruction)
        };
        // Of several with one key the largest is the largest.
        let open = (0..before.len()).filter(|&no| found[no].is_none());
        let mut open: Vec<usize> = open.collect();
        open.sort_by_key(|&no| (key(&before[no]), Reverse(before[no].saves.stored)));
        let there = (0..after.len()).filter(|&no| !is_taken[no]);
        let mut there: Vec<usize> = there.collect();
        there.sort_by_key(|&no| (key(&after[no]), Reverse(after[no].saves.stored)));
        let mut there = there.into_iter().peekable();
        for no in open {
            while there
                .next_if(|&other| key(&after[other]) < key(&before[no]))
                .is_some()
            {}
            if let Some(other) = there.next_if(|&other| key(&after[other]) == key(&before[no])) {
                found[no] = Some(&after[other]);
                is_taken[other] = true;
            }
        }
    }
    let left = after.iter().zip(is_taken);
    let left = left.filter(|(_, taken)| !taken).map(|(row, _)| row);
    (found, left.collect())
}

fn followed(row: &FindingRow, now: Option<&FindingRow>) -> FollowedRow {
    let left = |of: fn(&FindingRow) -> Bytes| now.map(of).unwrap_or_default();
    let stored = left(|row| row.saves.stored);
    let download = left(|row| row.saves.download);
    FollowedRow {
        rule: row.rule.clone(),
        title: row.title.clone(),
        followed: match now {
            None => Followed::Yes,
            // Every build differs by a few bytes.
            Some(_) if is_part(row.saves.stored - stored.min(row.saves.stored), row) => {
                Followed::Partly
            }
            Some(_) => Followed::No,
        },
        promised: row.saves.stored,
        achieved: row.saves.stored - stored.min(row.saves.stored),
        promised_download: row.saves.download,
        achieved_download: row.saves.download - download.min(row.saves.download),
    }
}

/// Is this a hundredth of what was promised, or more?
fn is_part(achieved: Bytes, row: &FindingRow) -> bool {
    achieved > Bytes::ZERO && u128::from(achieved.0) * 100 >= u128::from(row.saves.stored.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Saving;

    fn finding(rule: &str, instruction: &str, stored: u64) -> FindingRow {
        FindingRow {
            rule: rule.to_owned(),
            title: format!("{stored} bytes"),
            risk: "safe".to_owned(),
            saves: Saving {
                stored: Bytes(stored),
                download: Bytes(stored / 2),
            },
            instruction: Some(instruction.to_owned()),
            ..FindingRow::default()
        }
    }

    fn verdicts(before: &[FindingRow], after: &[FindingRow]) -> (Vec<(Followed, u64)>, usize) {
        let (found, left) = pairs(before, after);
        let rows = before.iter().zip(found);
        let rows = rows.map(|(row, now)| {
            let row = followed(row, now);
            (row.followed, row.achieved.0)
        });
        (rows.collect(), left.len())
    }

    #[test]
    fn a_finding_is_known_by_its_rule_and_instruction_and_else_by_its_rule() {
        let before = [
            finding("apt-lists", "RUN a", 100),
            finding("apt-lists", "RUN b", 50),
            finding("py-tests", "RUN c", 70),
            finding("secrets", "COPY d", 0),
        ];
        let after = [
            finding("py-tests", "RUN c --better", 20),
            finding("apt-lists", "RUN b", 50),
            finding("secrets", "COPY d", 0),
            finding("npm-cache", "RUN e", 5),
        ];
        assert_eq!(
            verdicts(&before, &after),
            (
                vec![
                    (Followed::Yes, 100),
                    (Followed::No, 0),
                    (Followed::Partly, 50),
                    (Followed::No, 0)
                ],
                1
            )
        );
    }

    #[test]
    fn of_several_with_one_key_the_largest_is_the_largest() {
        let before = [finding("a", "RUN", 10), finding("a", "RUN", 90)];
        let after = [finding("a", "RUN", 90)];
        let (rows, new) = verdicts(&before, &after);
        assert_eq!(rows, [(Followed::Yes, 10), (Followed::No, 0)]);
        assert_eq!(new, 0);
        // What grew achieved nothing.
        let (rows, new) = verdicts(&after, &[finding("a", "RUN", 95), before[0].clone()]);
        assert_eq!((rows, new), (vec![(Followed::No, 0)], 1));
    }
}
