//! `imgsize trim`: what is meant, and the run.

use std::path::PathBuf;

use imgsize::advice::advise;
use imgsize::path::{brief, shown_text};
use imgsize::report::{FORMATS, Sort, Style, WriteTrim};
use imgsize::source::{self, Format, Opened};
use imgsize::trim::{Chosen, Rules, Target, choose, trim};

use super::args::TrimArgs;
use super::exit::{Exit, Failure};
use super::output;
use super::plan::{self, ImagePlan};
use super::progress::{self, Progress};
use super::run::{told_apart, wishes};

pub(super) struct TrimPlan {
    image: ImagePlan,
    rules: Rules,
    target: Target,
    write: WriteTrim,
    style: Style,
}

pub(super) fn plan(args: TrimArgs) -> Result<TrimPlan, Failure> {
    if args.image.platform.as_deref() == Some("all") {
        let words = "`trim` is about one platform: name it with `--platform OS/ARCH`";
        return Err(Failure::usage(words.to_owned()));
    }
    let rules = args.rules.parse();
    let rules = rules.map_err(|error| Failure::usage(format!("{error}")))?;
    let (format, path) = target(&args.output)?;
    let id = if args.json { "json" } else { "table" };
    let write = FORMATS.iter().find(|format| format.id == id);
    let write = write
        .and_then(|format| format.write_trim)
        .ok_or_else(|| Failure::usage(format!("there is no format `{id}`")))?;
    let mut image = plan::image(plan::origin(&args.name, args.image.source)?, args.image)?;
    // Members are counted, and contents compared: a table of contents tells neither.
    image.how.verify = true;
    Ok(TrimPlan {
        image,
        rules,
        target: Target {
            format,
            path,
            tag: args.tag,
            replace: args.force,
        },
        write,
        style: Style {
            units: plan::units(args.iec, args.bytes),
            width: plan::width(false),
            top: None,
            sort: Sort::Size,
        },
    })
}

fn target(text: &str) -> Result<(Format, PathBuf), Failure> {
    let format = match text.split_once(':') {
        Some(("oci-archive", path)) => Some((Format::OciArchive, path)),
        Some(("oci-dir", path)) => Some((Format::OciLayout, path)),
        Some(("docker-archive", path)) => Some((Format::DockerArchive, path)),
        _ => None,
    };
    match format.filter(|(_, path)| !path.is_empty()) {
        Some((format, path)) => Ok((format, PathBuf::from(path))),
        None => Err(Failure::usage(
            "`--output` is `oci-archive:FILE`, `oci-dir:FOLDER` or `docker-archive:FILE`"
                .to_owned(),
        )),
    }
}

pub(super) fn run(plan: &TrimPlan) -> Result<Exit, Failure> {
    let from = &plan.image;
    let opened = source::open(&from.origin, &from.choice, &from.net)?;
    told_apart(&opened, from);
    let wishes = wishes(&opened, from)?;
    let progress = Progress::new(&opened, from.show);
    let Opened::Image(image) = opened else {
        drop(progress);
        let words = "its layers are read twice, and it passes by only once: save it to a file \
                     first (`docker save NAME -o image.tar`), not compressed";
        return Err(Failure::usage(format!("`trim` cannot read this: {words}")));
    };
    let hear = |event| progress.hear(event);
    let before = imgsize::analysis::analyze(&*image, &from.how, &wishes, &hear)?;
    drop(progress);
    let chosen = choose(&before, &advise(&before), &plan.rules);
    tell(&chosen);
    if chosen.findings.is_empty() {
        let words = "no finding is left that a trim can follow; nothing was written";
        return Err(Failure::usage(words.to_owned()));
    }
    let mut target = plan.target.clone();
    target.tag = target.tag.or_else(|| trimmed_name(&before.info.name));
    let outcome = trim(&*image, &before, &chosen, &target, &from.how)?;
    std::mem::forget(before);
    output::to(None, |out| (plan.write)(&outcome, &plan.style, out))?;
    Ok(Exit::Fine)
}

/// What was meant, and is not done.
fn tell(chosen: &Chosen) {
    for left in &chosen.left_out {
        let title = shown_text(&left.title);
        progress::say(&format!("left out: {}: {title}: {}", left.rule, left.why));
    }
}

/// The old name with another tag; `None` for what has no tag, like a file.
fn trimmed_name(name: &str) -> Option<String> {
    let (_, tag) = name.rsplit_once(':')?;
    let is_tag = !tag.is_empty() && !tag.contains('/') && !name.contains('@');
    is_tag.then(|| brief(format!("{name}-trimmed")).to_string())
}
