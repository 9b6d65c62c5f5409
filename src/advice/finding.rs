//! One piece of advice as a value. What comes in is what a rule saw; what goes out is
//! which stored bytes would go, what could break, and what to write instead. Others
//! count it, print it, put it into a Dockerfile or try it.

use crate::rootfs::{BodyId, LayerNo, NodeId};
use crate::units::Bytes;

/// What could break when advice is followed.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Nothing reads it at run time: that was checked, or cannot be otherwise.
    Safe,
    /// Nothing should break, but for the condition that the notes name.
    #[default]
    Check,
    /// It changes what the program can do, or how it starts.
    Behaviour,
}

impl Risk {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Risk::Safe => "safe",
            Risk::Check => "check",
            Risk::Behaviour => "behaviour",
        }
    }
}

/// How sure it is that the bytes are what the rule takes them for.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A package database, a hash or a layer's own entries say so.
    #[default]
    High,
    /// Paths and owners fit.
    Medium,
    /// A guess.
    Low,
}

impl Confidence {
    /// For people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        }
    }
}

/// Bytes in both measures.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
pub struct Saving {
    /// Stored bytes.
    pub stored: Bytes,
    /// Download bytes, with the tar headers of files that go.
    pub download: Bytes,
}

/// One piece of advice.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// The rule's id; set by [`super::advise`].
    pub rule: &'static str,
    /// One line, safe on a terminal.
    pub title: String,
    /// Contents that go, live or lost, each stored by a layer on top of the base.
    pub bodies: Vec<BodyId>,
    /// Contents that become smaller, and by how much: programs that are stripped.
    pub shrink: Vec<(BodyId, Bytes)>,
    /// Folders that go with all that is below them; what of that weighs something is
    /// in `bodies` too.
    pub folders: Vec<NodeId>,
    /// What it would bring where no content tells: another base, another compression.
    /// In no sum.
    pub estimate: Option<Saving>,
    /// What could break.
    pub risk: Risk,
    /// How sure the evidence is.
    pub confidence: Confidence,
    /// The layer whose instruction is to change, where it is not the one that stores
    /// most of the bytes.
    pub at: Option<LayerNo>,
    /// What to look at before, each a sentence; safe on a terminal.
    pub notes: Vec<String>,
    /// What to write instead, for a person: lines of a Dockerfile where possible; safe
    /// on a terminal.
    pub fix: String,
    /// The same for a program that changes a Dockerfile.
    pub edits: Vec<Edit>,
    /// Is it a secret or a trap, to be shown however few bytes it is?
    pub always: bool,
}

/// A change to the instruction that made a layer.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Run one more command at the end of a `RUN`.
    Append {
        /// The layer of the `RUN`.
        layer: LayerNo,
        /// The command.
        command: String,
    },
    /// Write words behind others: `--no-cache-dir` behind `pip install`, or
    /// `--chown=app:app` behind `COPY`. Every time that they stand there.
    Insert {
        /// The layer of the instruction.
        layer: LayerNo,
        /// What they stand behind.
        after: String,
        /// What is written there.
        words: String,
    },
    /// Take a command out of a `RUN`; the instruction goes if it was all of it.
    Drop {
        /// The layer of the `RUN`.
        layer: LayerNo,
        /// What the command begins with; all of the instruction if it is empty.
        command: String,
    },
    /// Move an instruction behind another one.
    Move {
        /// The layer of the instruction that moves.
        layer: LayerNo,
        /// The layer of the one that it then follows.
        behind: LayerNo,
    },
    /// Keep files out of the build context: lines of a `.dockerignore`.
    Ignore {
        /// The lines.
        lines: Vec<String>,
    },
}

impl Finding {
    /// A finding that says this.
    pub fn new(title: impl Into<String>) -> Finding {
        Finding {
            title: title.into(),
            ..Finding::default()
        }
    }

    /// These contents go.
    pub fn bodies(mut self, bodies: impl IntoIterator<Item = BodyId>) -> Finding {
        self.bodies.extend(bodies);
        self
    }

    /// These folders go, with all that is in them.
    pub fn folders(mut self, folders: impl IntoIterator<Item = NodeId>) -> Finding {
        self.folders.extend(folders);
        self
    }

    /// What could break.
    pub fn risk(mut self, risk: Risk) -> Finding {
        self.risk = risk;
        self
    }

    /// How sure it is.
    pub fn confidence(mut self, confidence: Confidence) -> Finding {
        self.confidence = confidence;
        self
    }

    /// The layer whose instruction is to change.
    pub fn at(mut self, layer: LayerNo) -> Finding {
        self.at = Some(layer);
        self
    }

    /// One more thing to look at before.
    pub fn note(mut self, note: impl Into<String>) -> Finding {
        self.notes.push(note.into());
        self
    }

    /// What to write instead.
    pub fn fix(mut self, fix: impl Into<String>) -> Finding {
        self.fix = fix.into();
        self
    }

    /// How a program writes that.
    pub fn edit(mut self, edit: Edit) -> Finding {
        self.edits.push(edit);
        self
    }

    /// What it would bring, where no content tells.
    pub fn estimate(mut self, stored: Bytes, download: Bytes) -> Finding {
        self.estimate = Some(Saving { stored, download });
        self
    }

    /// Shown however few bytes it is.
    pub fn always(mut self) -> Finding {
        self.always = true;
        self
    }
}
