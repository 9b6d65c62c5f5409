//! The instruction of a layer, as the history tells it. What comes in is a line by a
//! builder; what goes out is what kind of instruction it is, and its words without what
//! the builders put around them.

/// What an instruction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It runs a command.
    Run,
    /// It copies files in.
    Copy,
    /// It copies files in, and unpacks or downloads them.
    Add,
    /// Something else, or nobody knows.
    Other,
}

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub verb: Verb,
    /// The command of a `RUN`; of others all that stands behind their first word.
    pub text: String,
}

impl Step {
    /// Reads a line of the history: as BuildKit writes it (`RUN /bin/sh -c x # buildkit`,
    /// `RUN |1 A=b /bin/sh -c x`), as the classic builder does (`/bin/sh -c x`,
    /// `/bin/sh -c #(nop) COPY …`, `|1 A=b /bin/sh -c x`) and as Buildah does.
    pub fn read(created_by: &str) -> Step {
        let text = created_by.trim();
        let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
        let text = text
            .split_once("#(nop)")
            .map_or(text, |(_, rest)| rest.trim());
        let (verb, rest) = match text.split_once(char::is_whitespace) {
            Some(("RUN", rest)) => (Verb::Run, rest),
            Some(("COPY", rest)) => (Verb::Copy, rest),
            Some(("ADD", rest)) => (Verb::Add, rest),
            _ if text.starts_with("/bin/sh -c ") || text.starts_with('|') => (Verb::Run, text),
            _ => (Verb::Other, text),
        };
        let text = match verb {
            Verb::Run => command(rest.trim()),
            _ => rest.trim(),
        };
        Step {
            verb,
            text: text.to_owned(),
        }
    }

    /// Does its command call this, as words one behind the other: `pip install`?
    pub fn calls(&self, words: &str) -> bool {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.verb == Verb::Run && super::running::has_word(&text, words)
    }
}

/// A command without arguments of the build and the shell before it.
fn command(text: &str) -> &str {
    let is_build = text.starts_with('|');
    let shells = ["/bin/sh -c ", "/bin/bash -o pipefail -c ", "/bin/bash -c "];
    let found = shells
        .iter()
        .filter_map(|shell| Some((text.find(shell)?, shell.len())));
    match found.min() {
        Some((at, length)) if at == 0 || is_build => text[at + length..].trim(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_write_instructions_differently() {
        for (line, verb, text) in [
            (
                "RUN /bin/sh -c pip install x # buildkit",
                Verb::Run,
                "pip install x",
            ),
            (
                "RUN |2 A=b C=/bin/x /bin/sh -c make # buildkit",
                Verb::Run,
                "make",
            ),
            ("|1 A=b /bin/sh -c make", Verb::Run, "make"),
            ("/bin/sh -c apt-get update", Verb::Run, "apt-get update"),
            (
                "/bin/sh -c #(nop) COPY dir:1 in /app ",
                Verb::Copy,
                "dir:1 in /app",
            ),
            ("COPY app /app # buildkit", Verb::Copy, "app /app"),
            ("ADD rootfs.tar /", Verb::Add, "rootfs.tar /"),
            ("WORKDIR /app", Verb::Other, "WORKDIR /app"),
            ("RUN echo /bin/sh -c x", Verb::Run, "echo /bin/sh -c x"),
        ] {
            let step = Step::read(line);
            assert_eq!((step.verb, &*step.text), (verb, text), "{line}");
        }
    }
}
