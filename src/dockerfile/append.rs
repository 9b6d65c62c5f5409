//! One more command at the end of a `RUN`. What comes in is the instruction and the
//! command; what goes out is the instruction with it, in the style of its lines.

use super::one::{One, not_the_same};
use super::read::Kind;
use super::shell::{self, Script};
use super::text::is_nothing;

/// Appends; `None` if the command is there already.
pub(super) fn append(one: &One, command: &str) -> Result<Option<One>, String> {
    let words = one.words();
    if words.kind != Kind::Run {
        let name = words.kind.name();
        return Err(format!("a {name} made the layer: it runs no command"));
    }
    if words.is_list {
        return Err("the RUN is a list of words for no shell".to_owned());
    }
    let docs = &one.inst().extent.docs;
    let is_doc = docs.len() == 1 && !words.text.contains(char::is_whitespace);
    match is_doc {
        true => in_document(one, command),
        false => behind(one, command),
    }
}

/// May another command follow? If not, why.
fn may_go_on(text: &str, script: &Script) -> Result<(), String> {
    let why = |why: &str| Err(why.to_owned());
    let last = script.commands.last().map(|last| &text[last.range.clone()]);
    let last = last.unwrap_or("");
    let begins = |word: &str| last.split_whitespace().next() == Some(word);
    if script.is_open {
        return why("its quotes or brackets are not understood");
    }
    if begins("exit") || begins("exec") {
        return why("it ends in a command that ends the shell");
    }
    if text.ends_with(['&', '|']) || text.ends_with(";;") {
        return why("it ends in the middle of a list of commands");
    }
    Ok(())
}

fn has_command(text: &str, script: &Script, command: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let command = squeezed(command);
    let commands = script.commands.iter();
    let mut texts = commands.map(|it| squeezed(&text[it.range.clone()]));
    texts.any(|text| text == command)
}

/// `RUN a` becomes `RUN a \` and `    && command`.
fn behind(one: &One, command: &str) -> Result<Option<One>, String> {
    let text = &one.words().text;
    if one.inst().extent.hangs {
        return Err("it ends in a continuation with nothing behind".to_owned());
    }
    let script = shell::script(text);
    if has_command(text, &script, command) {
        return Ok(None);
    }
    if script.comment {
        return Err("it ends in a comment of the shell".to_owned());
    }
    may_go_on(text, &script)?;
    let end = one.place_behind(text.len());
    let head = one.text().get(one.inst().extent.bytes.start..end);
    let style = Style::of(head.unwrap_or(""), text, one.escape());
    let (escape, newline) = (one.escape(), one.newline());
    let Style { sign, lead } = style;
    let new = format!("{sign} {escape}{newline}{lead}{command}");
    let changed = one.splice(&[(end..end, new)]);
    changed.map(Some).ok_or_else(not_the_same)
}

/// How the lines of a `RUN` hang together.
struct Style {
    /// What stands before the continuation.
    sign: &'static str,
    /// What stands before the command.
    lead: String,
}

impl Style {
    fn of(head: &str, text: &str, escape: char) -> Style {
        let lines: Vec<&str> = head.lines().filter(|line| !is_nothing(line)).collect();
        let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
        let bare = |line: &str| {
            line.trim_end()
                .trim_end_matches(escape)
                .trim_end()
                .to_owned()
        };
        let behind = |sign: &str| {
            let pairs = lines.iter().zip(lines.iter().skip(1)).rev();
            let mut pairs = pairs.filter(|(line, _)| bare(line).ends_with(sign));
            pairs.next().map(|(_, next)| indent(next))
        };
        let leading = lines.iter().skip(1).rev();
        let leading = leading.filter(|line| line.trim_start().starts_with("&&"));
        let leading = leading.map(|line| indent(line)).next();
        let first = lines.get(1).map(|line| indent(line));
        let first = first.filter(|indent| !indent.is_empty());
        let first = first.unwrap_or_else(|| "    ".to_owned());
        let stops = text.trim_start().starts_with("set -e");
        let style = |sign, lead| Style { sign, lead };
        if text.ends_with(';') {
            return style("", behind(";").unwrap_or(first));
        }
        match (leading, behind("&&"), behind(";").filter(|_| stops)) {
            (Some(indent), ..) => style("", format!("{indent}&& ")),
            (None, Some(indent), _) => style(" &&", indent),
            (None, None, Some(indent)) => style(";", indent),
            _ => style("", format!("{first}&& ")),
        }
    }
}

/// A line more before the end of a here-document that is a script.
fn in_document(one: &One, command: &str) -> Result<Option<One>, String> {
    let Some(doc) = one.inst().extent.docs.first() else {
        return Err(not_the_same());
    };
    let body = one.text().get(doc.body.clone()).unwrap_or("");
    let text = body.trim_end();
    let mut lines = text.lines();
    let first = lines.clone().next().unwrap_or("").trim_start();
    if first.starts_with("#!") && !first.split(['/', ' ']).any(|word| word.ends_with("sh")) {
        return Err("the here-document is a script for another program".to_owned());
    }
    let script = shell::script(text);
    if has_command(text, &script, command) {
        return Ok(None);
    }
    may_go_on(text, &script)?;
    if text.ends_with('\\') || text.is_empty() {
        return Err("the here-document has no last command".to_owned());
    }
    let stops = |line: &str| line.starts_with("set -") && line.contains('e');
    let stops = text.lines().map(str::trim_start).any(stops);
    let newline = one.newline();
    let line = lines.find(|line| !is_nothing(line)).unwrap_or("");
    let indent = &line[..line.len() - line.trim_start().len()];
    let new = format!("{indent}{command}{newline}");
    let end = doc.body.start + text.len();
    let change = match stops {
        true => vec![(doc.end.start..doc.end.start, new)],
        // The shell goes on after a command that failed, and only the last one's failure
        // ends the build.
        false if !shell::script(text.lines().last().unwrap_or("")).comment => {
            vec![
                (end..end, " &&".to_owned()),
                (doc.end.start..doc.end.start, new),
            ]
        }
        false => return Err("the here-document ends in a comment".to_owned()),
    };
    let changed = one.splice(&change);
    changed.map(Some).ok_or_else(not_the_same)
}
