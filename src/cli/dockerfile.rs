//! The Dockerfile beside an image: read, tied, and written as a diff.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Component, Path, PathBuf};

use imgsize::dockerfile::Dockerfile;
use imgsize::path::shown_text;
use imgsize::report::{FindingRow, Report, Style};
use imgsize::rootfs::LayerNo;
use imgsize::source::ImageInfo;

use super::args::DockerfileArgs;
use super::exit::Failure;
use super::rules;

/// What to do with a Dockerfile.
pub(super) struct DockerfilePlan {
    /// `None`: there is none.
    file: Option<PathBuf>,
    target: Option<String>,
    fix: Fix,
}

/// What to put into the file.
enum Fix {
    Safe,
    All,
    Rules(Vec<&'static str>),
}

/// How much of a file is read; the engine says what is too much of a Dockerfile.
const MOST: u64 = 1 << 20;

pub(super) fn plan(args: &DockerfileArgs) -> Result<DockerfilePlan, Failure> {
    let fix = match args.fix.as_str() {
        "safe" => Fix::Safe,
        "all" => Fix::All,
        list => {
            let names = list
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            let rules = names.map(|name| Ok(rules::find(name)?.id));
            Fix::Rules(rules.collect::<Result<_, Failure>>()?)
        }
    };
    Ok(DockerfilePlan {
        file: args.dockerfile.clone(),
        target: args.target.clone(),
        fix,
    })
}

/// Ties a report to the Dockerfile, if there is one.
pub(super) fn tie(
    report: &mut Report,
    info: &ImageInfo,
    plan: &DockerfilePlan,
) -> Result<(), Failure> {
    let Some(file) = &plan.file else {
        return Ok(());
    };
    let wanted = |row: &FindingRow| match &plan.fix {
        Fix::Safe => row.risk == "safe",
        Fix::All => true,
        Fix::Rules(rules) => rules.contains(&&*row.rule),
    };
    Beside::read(file, plan.target.as_deref())?.tie(report, info, wanted)
}

/// A Dockerfile that was read, with the `.dockerignore` beside it.
pub(super) struct Beside {
    file: PathBuf,
    dockerfile: Dockerfile,
    ignored: String,
    target: Option<String>,
}

impl Beside {
    /// Reads it; it must be one, and have the stage.
    pub(super) fn read(file: &Path, target: Option<&str>) -> Result<Beside, Failure> {
        let text = read(file).map_err(|error| unusable(file, &error))?;
        let dockerfile = Dockerfile::parse(&text).map_err(|error| unusable(file, &error))?;
        dockerfile
            .has_stage(target)
            .map_err(|error| unusable(file, &error))?;
        Ok(Beside {
            file: file.to_owned(),
            dockerfile,
            ignored: ignored(Some(file)),
            target: target.map(str::to_owned),
        })
    }

    /// Ties a report to it, and puts the findings that are wanted into it.
    pub(super) fn tie(
        &self,
        report: &mut Report,
        info: &ImageInfo,
        wanted: impl Fn(&FindingRow) -> bool,
    ) -> Result<(), Failure> {
        let base = report.layers.iter().filter(|row| row.base).count() as LayerNo;
        let tied = self
            .dockerfile
            .tie(info, base, self.target.as_deref())
            .map_err(|error| unusable(&self.file, &error))?;
        report.tie(&tied, &name(&self.file), &self.ignored, wanted);
        Ok(())
    }
}

fn unusable(file: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Dockerfile(file.to_string_lossy().into(), why.to_string())
}

/// The text of the `.dockerignore` that counts: the one beside the Dockerfile that has its
/// name, else the folder's; empty if there is none.
fn ignored(file: Option<&Path>) -> String {
    let folder = |file: &Path| file.parent().map(Path::to_owned).unwrap_or_default();
    let own = file.and_then(|file| {
        let mut name = file.to_owned().into_os_string();
        name.push(".dockerignore");
        read(Path::new(&name)).ok()
    });
    let folder = file.map(folder).unwrap_or_default();
    own.or_else(|| read(&folder.join(".dockerignore")).ok())
        .unwrap_or_default()
}

fn read(file: &Path) -> io::Result<String> {
    // Who opens a named pipe waits for its other end.
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = String::new();
    fs::File::open(file)?.take(MOST).read_to_string(&mut text)?;
    Ok(text)
}

/// What a diff calls a file: its path from here, if it lies below; else its name.
fn name(file: &Path) -> String {
    let here = std::env::current_dir().ok();
    let file = here
        .and_then(|here| file.strip_prefix(here).ok())
        .unwrap_or(file);
    let is_below = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    let path = match file.components().all(is_below) {
        true => file
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect(),
        false => file.file_name().map(PathBuf::from).unwrap_or_default(),
    };
    path.to_string_lossy().into_owned()
}

/// Writes the edit alone.
pub(super) fn diff(report: &Report, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    match &report.dockerfile {
        Some(row) => out.write_all(row.diff.as_bytes()),
        None => Ok(()),
    }
}

/// What was not put into the file, for a person.
pub(super) fn left_out(report: &Report) -> Vec<String> {
    let is_empty = |row: &&imgsize::report::DockerfileRow| row.diff.is_empty();
    if let Some(row) = report.dockerfile.as_ref().filter(is_empty)
        && row.edits.is_empty()
    {
        return vec!["nothing: no advice of this kind has an edit (`--fix` says which)".to_owned()];
    }
    let rows = report.dockerfile.iter().flat_map(|row| &row.edits);
    let left = rows.filter(|row| row.outcome == "not-applied");
    left.map(|row| {
        let why = row.why.as_deref().unwrap_or_default();
        format!("{}: {}", row.rule, shown_text(why))
    })
    .collect()
}

/// Writes the lines of a `.dockerignore`.
pub(super) fn ignore(
    report: &Report,
    plan: &DockerfilePlan,
    out: &mut dyn Write,
) -> io::Result<()> {
    for line in report.ignore_lines(&ignored(plan.file.as_deref())) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_is_looked_at_before_the_image() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Dockerfile");
        let told = |target| match Beside::read(&file, target) {
            Ok(_) => String::new(),
            Err(failure) => failure.to_string(),
        };
        assert!(told(None).contains("cannot use the Dockerfile"));
        fs::write(&file, "FROM scratch AS small\nCOPY . /\n").unwrap();
        assert_eq!((told(None), told(Some("small"))), Default::default());
        assert!(told(Some("large")).contains("has no stage `large`"));
        fs::write(&file, "COPY <<EOF /a\n").unwrap();
        assert!(told(None).contains("has no end"));
    }
}
