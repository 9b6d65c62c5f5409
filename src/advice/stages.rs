//! The stage that files came from. What comes in is the history; what goes out is the
//! `COPY` of a fix, with the name of the stage if the history tells one.
//!
//! Facts: BuildKit writes no `--from` into the history; buildah and kaniko do. Docker
//! documentation, "Dockerfile reference" (COPY --from: a stage, or an image).

use std::collections::BTreeSet;

use super::{Verb, View};

/// Nobody types a longer name.
const LONGEST_NAME: usize = 40;
/// Programs that are copied out of images, which are then no stages.
const IMAGES: [&str; 5] = ["alpine", "busybox", "composer", "golang", "node"];

impl View<'_> {
    /// A `COPY` of each of these, source and target, from the stage that builds it.
    pub fn copy_built<const N: usize>(&self, paths: [&str; N]) -> String {
        let stage = self.stage();
        let (from, why) = match &stage {
            Some(stage) => (stage.as_str(), ""),
            None => ("…", "   # from the stage that builds it"),
        };
        let lines = paths.map(|paths| format!("COPY --from={from} {paths}"));
        // Said once is enough.
        let all = lines.join("\n");
        match all.split_once('\n') {
            Some((first, rest)) => format!("{first}{why}\n{rest}"),
            None => format!("{all}{why}"),
        }
    }

    /// The one stage that the history names; safe on a terminal.
    fn stage(&self) -> Option<String> {
        let steps = self.steps().filter(|(_, step)| step.verb == Verb::Copy);
        let names: BTreeSet<String> = steps
            .filter_map(|(_, step)| {
                let mut flags = step.text.split_whitespace();
                let name = flags.find_map(|word| word.strip_prefix("--from="))?;
                is_stage(name).then(|| name.to_owned())
            })
            .collect();
        let mut names = names.into_iter();
        names.next().filter(|_| names.next().is_none())
    }
}

/// Is it the name or number of a stage, and not that of an image?
fn is_stage(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.chars().all(is_plain)
        && !IMAGES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::is_stage;

    #[test]
    fn an_image_is_no_stage() {
        for (name, expected) in [
            ("builder", true),
            ("0", true),
            ("node", false),
            ("ghcr.io/astral-sh/uv:0.5", false),
            ("a\u{1b}b", false),
            ("", false),
        ] {
            assert_eq!(is_stage(name), expected, "{name}");
        }
    }
}
