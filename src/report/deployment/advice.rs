//! Advice for images that run together: what the rules found in each, counted once
//! where images share a layer, and a base that they could share.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::rows::{DeploymentFinding, MemberFinding};
use super::{Books, Member};
use crate::advice::BASE_NOT_SHARED;
use crate::owner::Category;
use crate::report::Saving;
use crate::units::Bytes;

/// Every rule's findings of all images together, most stored bytes first.
pub(super) fn rows(members: &[Member], books: &Books<'_>) -> Vec<DeploymentFinding> {
    // Of each rule: what it saves in each content, however many images have that.
    let mut rules: BTreeMap<&str, Rule> = BTreeMap::new();
    for (image, (member, places)) in members.iter().zip(&books.places).enumerate() {
        for finding in &member.findings {
            let rule = rules.entry(&finding.rule).or_default();
            for share in &finding.by_layer {
                let Some(places) = places.get(share.layer) else {
                    continue;
                };
                rule.add(places.content, image, share.stored, share.download);
            }
            if let Some(estimate) = finding.estimate {
                let sum = rule.estimate.get_or_insert_default();
                sum.stored += estimate.stored;
                sum.download += estimate.download;
            }
            rule.members.push(MemberFinding {
                image,
                title: finding.title.clone(),
                risk: finding.risk.clone(),
                saves: finding.saves,
            });
        }
    }
    let rows = rules.into_iter().map(|(id, rule)| DeploymentFinding {
        rule: id.to_owned(),
        saves: rule.saves(),
        estimate: rule.estimate,
        fix: String::new(),
        images: rule.members,
    });
    let mut rows: Vec<DeploymentFinding> = rows.chain(base(members, books)).collect();
    rows.sort_by_key(|row| {
        let most = row
            .saves
            .stored
            .max(row.estimate.unwrap_or_default().stored);
        (Reverse(most), row.rule.clone())
    });
    rows
}

#[derive(Default)]
struct Rule {
    /// By content and image.
    shares: HashMap<(usize, usize), Saving>,
    members: Vec<MemberFinding>,
    /// The sum of what is estimated.
    estimate: Option<Saving>,
}

impl Rule {
    fn add(&mut self, content: usize, image: usize, stored: Bytes, download: Bytes) {
        let share = self.shares.entry((content, image)).or_default();
        share.stored += stored;
        share.download += download;
    }

    /// Of one content the most that an image says.
    fn saves(&self) -> Saving {
        let mut contents: HashMap<usize, Saving> = HashMap::new();
        for (&(content, _), share) in &self.shares {
            let most = contents.entry(content).or_default();
            most.stored = most.stored.max(share.stored);
            most.download = most.download.max(share.download);
        }
        let mut sum = Saving::default();
        for most in contents.values() {
            sum.stored += most.stored;
            sum.download += most.download;
        }
        sum
    }
}

/// Images that have an operating system each, and not the same: all but the largest
/// of these would be stored once less.
fn base(members: &[Member], books: &Books<'_>) -> Option<DeploymentFinding> {
    // By the lowest layer: what of the base OS its images have, and how many they are.
    let mut grounds: BTreeMap<usize, (Bytes, BTreeSet<usize>)> = BTreeMap::new();
    for (image, (member, places)) in members.iter().zip(&books.places).enumerate() {
        let os = member.row.categories.iter();
        let os: Bytes = os
            .filter(|row| row.id == Category::BaseOs)
            .map(|row| row.live)
            .sum();
        if let (Some(lowest), true) = (places.first(), os > Bytes::ZERO) {
            let ground = grounds.entry(lowest.chain).or_default();
            ground.0 = ground.0.max(os);
            ground.1.insert(image);
        }
    }
    if grounds.len() < 2 {
        return None;
    }
    let all: Bytes = grounds.values().map(|(os, _)| *os).sum();
    let largest = grounds.values().map(|(os, _)| *os).max()?;
    // Most images are on it already; of equals the smallest.
    let best = grounds
        .values()
        .max_by_key(|(os, on)| (on.len(), Reverse(*os)))?;
    let name = best.1.first().and_then(|&image| members.get(image));
    let name = name.and_then(|member| member.base_name.clone());
    let onto = match name {
        Some(name) => format!("the one of {}", crate::path::brief(name)),
        None => format!("that of image {}", best.1.first()?),
    };
    let mut images: Vec<MemberFinding> = grounds
        .values()
        .flat_map(|(os, on)| {
            on.iter().map(|&image| MemberFinding {
                image,
                title: format!("stands on one of {} operating systems", grounds.len()),
                risk: "check".to_owned(),
                saves: Saving {
                    stored: *os,
                    download: Bytes::ZERO,
                },
            })
        })
        .collect();
    images.sort_by_key(|one| one.image);
    Some(DeploymentFinding {
        rule: BASE_NOT_SHARED.id.to_owned(),
        saves: Saving::default(),
        estimate: Some(Saving {
            stored: all - largest,
            download: Bytes::ZERO,
        }),
        fix: format!(
            "build all images FROM one base, pinned by its digest: {onto}, which most are on"
        ),
        images,
    })
}
