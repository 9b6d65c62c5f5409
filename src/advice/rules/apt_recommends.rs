//! Packages that apt installed only because others recommend them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::advice::{Ask, Edit, Finding, Risk, Rule, View, files_of, is_one_of, some};
use crate::owner::OwnerId;
use crate::path::brief;
use crate::rootfs::LayerNo;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "apt-recommends",
    summary: "packages that apt installed only because others recommend them",
    explain: "\
apt-get installs what packages recommend, as a desktop would want it: python3-pip brings
a compiler (428 MB, and 48 without), cmake 362 MB instead of 96, ffmpeg 638 instead of 481.
Counted are packages that apt marked as automatic, that nothing which was asked for
requires, and that a field `Recommends` in dpkg's status leads to. Install with
`--no-install-recommends` and name the few that are wanted: ca-certificates is only
recommended by curl and wget, and without it HTTPS fails; it is never counted, and the fix
names it. What a program loads, or the command runs, is left out too. Fonts, plugins and
locales are found at run time by means that the rule cannot see. hadolint calls this DL3015.",
    check,
};

/// Those that are missed only when it is too late: by name, and what fails.
const MISSED: &[(&str, &str)] = &[
    ("fonts-*", "text in PDF files and pictures"),
    ("libmagic-mgc", "libmagic knows no file type without it"),
    ("python3-venv", "`python3 -m venv`"),
    ("locales*", "languages other than C"),
    ("gstreamer#-*", "codecs are found at run time"),
    ("libnss-*", "names of hosts and users are looked up by it"),
    ("libsasl2-modules*", "SASL logins"),
    ("publicsuffix", "curl and wget check cookies by it"),
    ("tini", "it may be what is run"),
    ("openssl", "certificates are made by it"),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let only = view.recommended();
    if only.is_empty() {
        return None;
    }
    // A compiler that somebody asked for is none without its headers, and what compiles
    // at run time stays: another rule is about all of it.
    let added = view.added_packages();
    let has_compiler = added.iter().any(|(id, owner)| {
        !only.contains(id) && is_one_of(&owner.name, &["gcc", "gcc-#", "g++", "g++-#", "clang"])
    });
    let compilers = ["gcc*", "g++*", "build-essential", "*-dev", "make"].map(str::to_owned);
    let removal = view.removal(&Ask {
        packages: &only,
        spared: match view.compiles().is_some() || has_compiler {
            true => &compilers,
            false => &[],
        },
        ..Ask::default()
    });
    // Nothing but those that only were recommended: not what they alone require and
    // somebody asked for.
    let set: HashSet<OwnerId> = only.iter().copied().collect();
    let goes: Vec<OwnerId> = removal
        .goes
        .into_iter()
        .filter(|id| set.contains(id))
        .collect();
    let files = files_of(view, &goes);
    if files.is_empty() {
        return None;
    }
    let name = |id: &OwnerId| view.image.attribution.owner(*id).name.clone();
    let mut names: Vec<_> = goes
        .iter()
        .map(|id| (view.weigh(view.owned(*id)), name(id)))
        .collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let gone: HashSet<OwnerId> = goes.iter().copied().collect();
    let kept = top(view, &set, &gone);
    let title = format!(
        "{} packages are installed only because others recommend them: {}",
        goes.len(),
        some(names.iter().map(|(_, name)| brief(name)))
    );
    let layers: BTreeSet<LayerNo> = files.iter().map(|&file| view.fs.layer_of(file)).collect();
    let finding = Finding::new(title)
        .bodies(view.stored_by(&goes))
        .risk(Risk::Check)
        .fix(fix(&kept));
    let finding = notes(finding, &names, &removal.stays);
    let edits = layers
        .into_iter()
        .filter_map(|layer| edit(view, layer, &kept));
    Some(edits.fold(finding, Finding::edit))
}

/// Of those that only were recommended and are to stay, the ones that must be named:
/// no other of them requires them.
fn top(view: &View<'_>, set: &HashSet<OwnerId>, gone: &HashSet<OwnerId>) -> Vec<(LayerNo, String)> {
    let kept: Vec<OwnerId> = set.difference(gone).copied().collect();
    let owner = |id: &OwnerId| view.image.attribution.owner(*id);
    let required: HashSet<OwnerId> = kept
        .iter()
        .flat_map(|id| owner(id).requires.clone())
        .collect();
    let top = kept.iter().filter(|id| !required.contains(id)).map(owner);
    let mut top: Vec<_> = top
        .filter_map(|owner| Some((owner.layer?, owner.name.clone())))
        .collect();
    top.sort();
    top
}

fn fix(kept: &[(LayerNo, String)]) -> String {
    let names: String = kept
        .iter()
        .map(|(_, name)| format!(" {}", brief(name)))
        .collect();
    format!("RUN apt-get update && apt-get install -y --no-install-recommends …{names}")
}

fn edit(view: &View<'_>, layer: LayerNo, kept: &[(LayerNo, String)]) -> Option<Edit> {
    let step = view.step(layer)?;
    let mut words = "--no-install-recommends".to_owned();
    for (_, name) in kept.iter().filter(|(at, _)| *at == layer) {
        words += &format!(" {name}");
    }
    let after = ["apt-get install", "apt install"]
        .into_iter()
        .find(|words| step.calls(words))?;
    // A line that is written otherwise is not found again.
    step.text.contains(after).then(|| Edit::Insert {
        layer,
        after: after.to_owned(),
        words,
    })
}

fn notes(
    finding: Finding,
    names: &[(crate::units::Bytes, String)],
    stays: &BTreeMap<String, String>,
) -> Finding {
    let missed = MISSED.iter().filter_map(|(pattern, why)| {
        let mut names = names.iter().map(|(_, name)| name);
        let name = names.find(|name| is_one_of(name, &[pattern]))?;
        Some(format!("name {} if it is needed: {why}", brief(name)))
    });
    let stays = stays
        .iter()
        .take(5)
        .map(|(name, by)| format!("{name} stays: {by}"));
    let first = "what is found at run time only, as plugins are, was not seen".to_owned();
    missed
        .chain(stays)
        .chain([first])
        .fold(finding, Finding::note)
}
