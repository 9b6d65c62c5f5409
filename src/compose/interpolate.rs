//! Variables in values. Facts: docs.docker.com/reference/compose-file/interpolation.

/// What a variable stands for: `None` if it is set nowhere.
pub(super) type Look<'l> = dyn Fn(&str) -> Result<Option<String>, String> + 'l;

/// Of a value; no name of an image comes near it.
const LONGEST: usize = 32 * 1024;
/// Of defaults in defaults.
const DEEPEST: usize = 16;

/// Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and their like; `$$` is a dollar.
/// Names that are set nowhere, and have no default, go to `unset`.
pub(super) fn interpolate(
    text: &str,
    look: &Look<'_>,
    unset: &mut Vec<String>,
) -> Result<String, String> {
    within(text, look, unset, 0)
}

fn within(
    text: &str,
    look: &Look<'_>,
    unset: &mut Vec<String>,
    depth: usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = match after.as_bytes().first() {
            Some(b'$') => {
                out.push('$');
                &after[1..]
            }
            Some(b'{') => {
                let end = closing(after).ok_or_else(|| no_variable(after))?;
                out.push_str(&braced(&after[1..end], look, unset, depth)?);
                &after[end + 1..]
            }
            _ => {
                let (name, after) = name(after).ok_or_else(|| no_variable(after))?;
                out.push_str(&value(name, look, unset)?);
                after
            }
        };
        if out.len() > LONGEST {
            break;
        }
    }
    match out.len() + rest.len() > LONGEST {
        true => Err(format!("a value is over {LONGEST} bytes")),
        false => Ok(out + rest),
    }
}

/// What stands between the braces.
fn braced(
    text: &str,
    look: &Look<'_>,
    unset: &mut Vec<String>,
    depth: usize,
) -> Result<String, String> {
    let (name, rest) = name(text).ok_or_else(|| no_variable(text))?;
    if rest.is_empty() {
        return value(name, look, unset);
    }
    if depth == DEEPEST {
        return Err(format!("`{name}` has defaults in defaults, too many"));
    }
    // With a colon, what is empty is as good as unset.
    let (word, filled) = match rest.strip_prefix(':') {
        Some(word) => (word, true),
        None => (rest, false),
    };
    let is_set = |value: &String| !filled || !value.is_empty();
    let found = look(name)?.filter(is_set);
    let mut chars = word.chars();
    let kind = chars.next();
    let mut inner = || within(chars.as_str(), look, unset, depth + 1);
    match (kind, found) {
        (Some('-' | '?'), Some(value)) => Ok(value),
        (Some('-'), None) => inner(),
        (Some('?'), None) => Err(format!("`{name}` has to be set: {}", inner()?)),
        (Some('+'), Some(_)) => inner(),
        (Some('+'), None) => Ok(String::new()),
        _ => Err(no_variable(text)),
    }
}

fn value(name: &str, look: &Look<'_>, unset: &mut Vec<String>) -> Result<String, String> {
    Ok(look(name)?.unwrap_or_else(|| {
        unset.push(name.to_owned());
        String::new()
    }))
}

/// Where the brace closes that `text` begins with.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0;
    let mut last = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if at == 0 || last == b'$' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
        last = byte;
    }
    None
}

/// A name, and what is behind it.
pub(super) fn name(text: &str) -> Option<(&str, &str)> {
    let is_inside = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let end = text.find(|c| !is_inside(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_begun = name.starts_with(|c: char| !c.is_ascii_digit());
    is_begun.then_some((name, rest))
}

fn no_variable(text: &str) -> String {
    let text: String = text.chars().take(40).collect();
    format!("`${text}` is no variable; a dollar is written `$$`")
}
