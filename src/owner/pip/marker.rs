//! Conditions of a requirement: `python_version < "3.8" and extra == "test"`. What
//! comes in is such a marker; what goes out is whether it holds in an installation.
//! What cannot be told holds: a package more is needed rather than one less.
//!
//! Facts: PyPA, "Dependency specifiers", Environment Markers; "Version specifiers".

use std::cmp::Ordering;

use super::needs::normal;

/// A longer one is not read; real ones have some hundred bytes.
const LONGEST: usize = 4 << 10;

/// Where a package is installed, as far as it is known.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Setting {
    /// The first two numbers of Python's version.
    pub(super) python: Option<(u64, u64)>,
    /// `x86_64`, as the kernel calls it.
    pub(super) machine: Option<&'static str>,
    /// Another Python than the usual one.
    pub(super) is_pypy: bool,
}

/// Does it hold, with this extra or with none (`""`)?
pub(super) fn holds(marker: &[u8], setting: &Setting, extra: &str) -> bool {
    let marker = marker.trim_ascii();
    if marker.is_empty() || marker.len() > LONGEST {
        return true;
    }
    let text = String::from_utf8_lossy(marker);
    evaluate(&text, setting, extra).unwrap_or(true)
}

/// What stands between two parentheses: `any` of what was joined by `or` so far, and
/// `all` of what was joined by `and` since.
struct Level {
    any: bool,
    all: bool,
}

const NEW: Level = Level {
    any: false,
    all: true,
};

/// `None` for what is no marker.
fn evaluate(text: &str, setting: &Setting, extra: &str) -> Option<bool> {
    let mut rest = text;
    let mut levels = vec![NEW];
    loop {
        let Some(token) = next(&mut rest)? else {
            let level = levels.pop()?;
            return levels.is_empty().then_some(level.any || level.all);
        };
        match token {
            Token::Sign("(") => levels.push(NEW),
            Token::Sign(")") => {
                let inner = levels.pop()?;
                levels.last_mut()?.all &= inner.any || inner.all;
            }
            Token::Word("and") => {}
            Token::Word("or") => {
                let level = levels.last_mut()?;
                level.any |= level.all;
                level.all = true;
            }
            left => {
                let sign = match next(&mut rest)?? {
                    Token::Word("not") => match next(&mut rest)?? {
                        Token::Word("in") => "not in",
                        _ => return None,
                    },
                    Token::Word("in") => "in",
                    Token::Sign(sign) => sign,
                    _ => return None,
                };
                let right = next(&mut rest)??;
                let told = compare(&left, sign, &right, setting, extra);
                levels.last_mut()?.all &= told.unwrap_or(true);
            }
        }
    }
}

/// A part of a marker.
enum Token<'t> {
    Word(&'t str),
    Text(&'t str),
    Sign(&'t str),
}

/// The next part, if there is one; `None` for what is none.
#[expect(clippy::option_option, reason = "an end is no error")]
fn next<'t>(rest: &mut &'t str) -> Option<Option<Token<'t>>> {
    let text = rest.trim_ascii_start();
    let Some(first) = text.chars().next() else {
        return Some(None);
    };
    let (token, behind) = match first {
        '"' | '\'' => {
            let (inside, behind) = text[1..].split_once(first)?;
            (Token::Text(inside), behind)
        }
        '(' | ')' => (Token::Sign(&text[..1]), &text[1..]),
        _ => {
            let is_sign = |c: char| "<>=!~".contains(c);
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let signs = text.find(|c| !is_sign(c)).unwrap_or(text.len());
            let words = text.find(|c| !is_word(c)).unwrap_or(text.len());
            match (signs, words) {
                (0, 0) => return None,
                (0, end) => (Token::Word(&text[..end]), &text[end..]),
                (end, _) => (Token::Sign(&text[..end]), &text[end..]),
            }
        }
    };
    *rest = behind;
    Some(Some(token))
}

/// `None` for what cannot be told.
fn compare(
    left: &Token<'_>,
    sign: &str,
    right: &Token<'_>,
    setting: &Setting,
    extra: &str,
) -> Option<bool> {
    match (left, right) {
        (Token::Word("extra"), Token::Text(other)) | (Token::Text(other), Token::Word("extra")) => {
            is_text(extra, sign, &normal(other.as_bytes()))
        }
        (Token::Word("python_version"), Token::Text(other)) if sign.ends_with("in") => {
            let (major, minor) = setting.python?;
            is_text(&format!("{major}.{minor}"), sign, other)
        }
        (Token::Word(name), Token::Text(other)) if is_version(name) => {
            is_python(setting.python?, sign, other)
        }
        (Token::Text(other), Token::Word(name)) if is_version(name) => {
            is_python(setting.python?, mirrored(sign), other)
        }
        (Token::Word(name), Token::Text(other)) => is_text(value(name, setting)?, sign, other),
        (Token::Text(other), Token::Word(name)) => is_text(other, sign, value(name, setting)?),
        _ => None,
    }
}

fn is_version(name: &str) -> bool {
    matches!(name, "python_version" | "python_full_version")
}

fn value(name: &str, setting: &Setting) -> Option<&'static str> {
    Some(match name {
        "os_name" | "os.name" => "posix",
        "sys_platform" | "sys.platform" => "linux",
        "platform_system" => "Linux",
        "platform_machine" | "platform.machine" => setting.machine?,
        "implementation_name" if setting.is_pypy => "pypy",
        "implementation_name" => "cpython",
        _ if !name.ends_with("python_implementation") => return None,
        _ if setting.is_pypy => "PyPy",
        _ => "CPython",
    })
}

fn is_text(left: &str, sign: &str, right: &str) -> Option<bool> {
    match sign {
        "==" | "===" => Some(left == right),
        "!=" => Some(left != right),
        "in" => Some(right.contains(left)),
        "not in" => Some(!right.contains(left)),
        _ => None,
    }
}

fn mirrored(sign: &str) -> &str {
    match sign {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        other => other,
    }
}

/// Of Python's version the first two numbers are known.
fn is_python(python: (u64, u64), sign: &str, other: &str) -> Option<bool> {
    let mut numbers = other.trim().split('.');
    let major: u64 = numbers.next()?.parse().ok()?;
    let minor: u64 = match numbers.next() {
        Some("*") => python.1,
        Some(number) => number.parse().ok()?,
        None => 0,
    };
    let order = python.cmp(&(major, minor));
    // Behind these two an equal version may differ; `.0` and `.*` are no difference.
    if order == Ordering::Equal && numbers.any(|number| !matches!(number, "0" | "*")) {
        return None;
    }
    match sign {
        "==" | "===" => Some(order.is_eq()),
        "!=" => Some(order.is_ne()),
        "<" => Some(order.is_lt()),
        ">" => Some(order.is_gt()),
        "<=" => Some(order.is_le()),
        ">=" => Some(order.is_ge()),
        "~=" => Some(order.is_ge() && python.0 == major),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTING: Setting = Setting {
        python: Some((3, 11)),
        machine: Some("x86_64"),
        is_pypy: false,
    };

    #[test]
    fn markers_hold_or_not() {
        for (marker, expected) in [
            ("", true),
            ("python_version < \"3.8\"", false),
            ("python_version>='3.8'", true),
            ("'3.8' <= python_version", true),
            ("python_version ~= '3.7'", true),
            ("python_version ~= '2.7'", false),
            ("python_version == '3.*'", true),
            ("python_version in '2.7 3.11'", true),
            ("python_version not in '2.7 3.11'", false),
            ("python_full_version < '3.11.4'", true), // cannot be told
            ("python_full_version >= '3.12.0'", false),
            ("python_version < '4'", true),
            ("sys_platform == 'win32'", false),
            ("sys_platform != 'win32' and os_name == 'posix'", true),
            ("'linux' in sys_platform", true),
            (
                "platform_machine == 'aarch64' or platform_machine == 'x86_64'",
                true,
            ),
            ("platform_python_implementation == 'PyPy'", false),
            ("implementation_name == 'cpython'", true),
            ("platform_release >= '20.9.0'", true), // cannot be told
            ("extra == 'test'", false),
            ("extra == 'Socks_5'", true),
            ("python_version < '3' and extra == 'socks-5'", false),
            // `and` binds closer than `or`.
            (
                "os_name == 'nt' and os_name == 'nt' or os_name == 'posix'",
                true,
            ),
            (
                "os_name == 'nt' and (os_name == 'nt' or os_name == 'posix')",
                false,
            ),
            (
                "(os_name == 'posix' or os_name == 'nt') and extra == 'test'",
                false,
            ),
            // No markers: whatever they mean.
            ("os_name ==", true),
            ("os_name == 'nt", true),
            ("os_name == 'nt')", true),
            ("(os_name == 'nt'", true),
            ("os_name 'nt'", true),
            ("os_name not 'nt'", true),
            ("§ == 'nt'", true),
            ("os_name == '§'", false),
        ] {
            let said = holds(marker.as_bytes(), &SETTING, "socks-5");
            assert_eq!(said, expected, "{marker}");
        }
    }

    #[test]
    fn what_is_not_known_holds() {
        let unknown = Setting::default();
        for marker in ["python_version < '3'", "platform_machine == 'nt'"] {
            assert!(holds(marker.as_bytes(), &unknown, ""), "{marker}");
        }
    }

    #[test]
    fn long_and_deep_markers_end() {
        for (part, count) in [
            ("(", 4000),
            ("(", 1 << 20),
            ("os_name == 'nt' and ", 1 << 20),
        ] {
            assert!(holds(part.repeat(count).as_bytes(), &SETTING, ""));
        }
        let deep = ["(".repeat(2000), "os_name == 'nt'".into(), ")".repeat(2000)].concat();
        assert!(!holds(deep.as_bytes(), &SETTING, ""));
    }
}
