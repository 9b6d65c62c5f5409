//! The steps of a build, as `mode=max` tells them. What comes in is the graph of
//! them; what goes out is the step that the result stands on.
//!
//! Facts: BuildKit solver/pb/ops.proto: of a step's inputs the one that it changes is
//! that of a mount, of an action or of the first layer merged; -1 is scratch.

use std::collections::HashMap;

use crate::source::base::{BaseName, Stated};
use crate::source::document::document;

document! {
    pub(super) struct BuildConfig {
        steps: Vec<BuildStep> = "llbDefinition",
    }
}

document! {
    pub(super) struct BuildStep {
        pub(super) id: String = "id",
        inputs: Vec<String> = "inputs",
        op: Op = "op",
    }
}

document! {
    struct Op {
        kind: OpKind = "Op",
    }
}

document! {
    struct OpKind {
        source: Option<Source> = "source",
        exec: Option<Exec> = "exec",
        file: Option<FileOp> = "file",
        merge: Option<Merge> = "merge",
    }
}

document! {
    struct Source {
        identifier: String = "identifier",
    }
}

document! {
    struct Exec {
        mounts: Vec<Mount> = "mounts",
    }
}

document! {
    struct Mount {
        input: i64 = "input",
        output: i64 = "output",
        dest: String = "dest",
    }
}

document! {
    struct FileOp {
        actions: Vec<Action> = "actions",
    }
}

document! {
    struct Action {
        input: i64 = "input",
        output: i64 = "output",
    }
}

document! {
    struct Merge {
        inputs: Vec<MergeInput> = "inputs",
    }
}

document! {
    struct MergeInput {
        input: i64 = "input",
    }
}

impl BuildConfig {
    /// The step that the result stands on, at the lower end of its chain; a `None`
    /// inside for scratch, one outside where the steps do not tell.
    pub(super) fn start(&self) -> Option<Option<&BuildStep>> {
        let by_id: HashMap<&str, &BuildStep> = self
            .steps
            .iter()
            .map(|step| (step.id.as_str(), step))
            .collect();
        // The last one has no operation: it only names the result.
        let mut step = self.steps.last()?;
        let mut output = 0;
        for _ in 0..self.steps.len() {
            if step.op.kind.source.is_some() {
                return Some(Some(step));
            }
            let input = match step.parent(output)? {
                Parent::Scratch => return Some(None),
                Parent::Input(input) => step.inputs.get(input)?,
            };
            let (id, at) = input.rsplit_once(':')?;
            step = by_id.get(id)?;
            output = at.parse().ok()?;
        }
        None
    }
}

/// What a step changes.
enum Parent {
    Scratch,
    /// One of its inputs, by its place.
    Input(usize),
}

impl BuildStep {
    /// What this output of the step was before.
    fn parent(&self, output: i64) -> Option<Parent> {
        let kind = &self.op.kind;
        let input = if let Some(exec) = &kind.exec {
            exec.mounts
                .iter()
                .find(|mount| mount.output == output)?
                .input
        } else if let Some(file) = &kind.file {
            file.parent(output, self.inputs.len())?
        } else if let Some(merge) = &kind.merge {
            merge.inputs.first()?.input
        } else {
            0
        };
        match usize::try_from(input) {
            Ok(input) => Some(Parent::Input(input)),
            Err(_) => Some(Parent::Scratch),
        }
    }

    /// Of a source that is an image.
    pub(super) fn image(&self) -> Option<BaseName> {
        let source = self.op.kind.source.as_ref()?;
        let reference = source.identifier.strip_prefix("docker-image://")?;
        let (name, digest) = match reference.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (reference, None),
        };
        BaseName::new(Some(name), digest, Stated::Provenance)
    }
}

impl FileOp {
    /// Actions follow each other: behind the step's inputs their results are counted on.
    fn parent(&self, output: i64, inputs: usize) -> Option<i64> {
        let inputs = i64::try_from(inputs).ok()?;
        let mut at = self
            .actions
            .iter()
            .rposition(|action| action.output == output)?;
        loop {
            let input = self.actions[at].input;
            if input < inputs {
                return Some(input);
            }
            // Only earlier ones: there is no circle.
            let earlier = usize::try_from(input - inputs).ok()?;
            at = Some(earlier).filter(|&earlier| earlier < at)?;
        }
    }
}
