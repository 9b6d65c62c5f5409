//! The environment file beside a Compose file. Facts:
//! docs.docker.com/compose/how-tos/environment-variables/variable-interpolation, its
//! part on the syntax of `.env` files.

use std::cell::Cell;
use std::collections::HashMap;

use super::interpolate::{interpolate, name};
use crate::path::brief;

/// Of all values together: each may repeat those before it.
const LARGEST: usize = 1 << 20;

/// The variables of a file. One that could not be understood matters only to whoever
/// asks for it.
#[derive(Default)]
pub(super) struct EnvFile {
    values: HashMap<String, Result<String, String>>,
    size: usize,
}

impl EnvFile {
    /// Reads a file; what is no `NAME=VALUE` is passed over.
    pub(super) fn read(text: &str, env: &dyn Fn(&str) -> Option<String>) -> EnvFile {
        let mut file = EnvFile::default();
        let mut rest = text;
        while !rest.is_empty() {
            let line = rest.trim_start();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let variable = name(line).and_then(|(name, after)| {
                let after = after.trim_start_matches([' ', '\t']);
                Some((name, after.strip_prefix('=')?))
            });
            let Some((name, after)) = variable else {
                rest = next_line(line);
                continue;
            };
            let (value, after) = value(after.trim_start_matches([' ', '\t']));
            rest = next_line(after);
            file.put(name, value, env);
        }
        file
    }

    fn put(&mut self, name: &str, value: Value, env: &dyn Fn(&str) -> Option<String>) {
        // Whose fault it is has been told then, and is not told over and over.
        let is_anothers = Cell::new(false);
        let look = |name: &str| {
            let found = self.look(name, env);
            is_anothers.set(is_anothers.get() || found.is_err());
            found
        };
        let value = match value {
            Value::Literal(text) => Ok(text),
            Value::Text(text) => interpolate(&text, &look, &mut Vec::new()),
            Value::Open => Err("its quote is not closed".to_owned()),
        };
        let value = value.and_then(|value| {
            self.size = self.size.saturating_add(value.len());
            match self.size > LARGEST {
                true => Err(format!("all values together are over {LARGEST} bytes")),
                false => Ok(value),
            }
        });
        let value = value.map_err(|why| match is_anothers.get() {
            true => why,
            false => format!("`{name}` in the .env file: {}", brief(why)),
        });
        self.values.insert(name.to_owned(), value);
    }

    /// The environment's value, else the file's.
    pub(super) fn look(
        &self,
        name: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, String> {
        match env(name) {
            Some(value) => Ok(Some(value)),
            None => self.values.get(name).cloned().transpose(),
        }
    }
}

enum Value {
    /// As it stands.
    Literal(String),
    /// With variables.
    Text(String),
    /// A quote that does not end.
    Open,
}

/// A value, and what is behind it.
fn value(text: &str) -> (Value, &str) {
    match text.as_bytes().first() {
        Some(b'\'') => match quoted(text, '\'') {
            Some((value, rest)) => (Value::Literal(value), rest),
            None => (Value::Open, ""),
        },
        Some(b'"') => match quoted(text, '"') {
            Some((value, rest)) => (Value::Text(value), rest),
            None => (Value::Open, ""),
        },
        _ => {
            let (line, _) = text.split_once('\n').unwrap_or((text, ""));
            let comment = line.find(" #").unwrap_or(line.len());
            let comment = if line.starts_with('#') { 0 } else { comment };
            let value = line[..comment].trim_end();
            (Value::Text(value.to_owned()), &text[line.len()..])
        }
    }
}

/// What is in quotes: single ones leave all but the quote itself as it is.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((value, &text[at + 1..])),
            '\\' => match (chars.next()?.1, quote) {
                (c, _) if c == quote => value.push(c),
                ('n', '"') => value.push('\n'),
                ('r', '"') => value.push('\r'),
                ('t', '"') => value.push('\t'),
                ('\\', '"') => value.push('\\'),
                // A dollar that is none, for what comes after this.
                ('$', '"') => value.push_str("$$"),
                (c, _) => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

fn next_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}
