//! What is searched for. What comes in is what a person types; what goes out is which
//! names are like it, and how well they fit.

use globset::{GlobBuilder, GlobMatcher};

/// Letters in order, or a glob.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    /// On the whole path if there is a slash in it, else on the name.
    Glob { glob: GlobMatcher, whole: bool },
    /// These bytes in this order, in lower case; capitals count if there are some.
    Letters { letters: Vec<u8>, exact: bool },
}

impl Pattern {
    /// `None` for nothing, and for a glob that is none.
    pub(crate) fn parse(text: &str) -> Option<Pattern> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let how = if text.contains(['*', '?', '[']) {
            let whole = text.contains('/');
            let glob = GlobBuilder::new(text.trim_start_matches('/'))
                .literal_separator(text.contains("**"))
                .build()
                .ok()?;
            How::Glob {
                glob: glob.compile_matcher(),
                whole,
            }
        } else {
            let exact = text.chars().any(char::is_uppercase);
            let letters = if exact {
                text.to_owned()
            } else {
                text.to_lowercase()
            };
            How::Letters {
                letters: letters.into_bytes(),
                exact,
            }
        };
        Some(Pattern {
            text: text.to_owned(),
            how,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Is a path like it?
    pub(crate) fn is_like(&self, path: &[u8]) -> bool {
        self.score(path).is_some()
    }

    /// How well a path fits, the higher the better; `None` if it does not.
    pub(crate) fn score(&self, path: &[u8]) -> Option<i32> {
        let name_at = path
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |at| at + 1);
        let name = path.get(name_at..).unwrap_or_default();
        match &self.how {
            How::Glob { glob, whole } => {
                let text = if *whole { path } else { name };
                let text = String::from_utf8_lossy(text);
                glob.is_match(&*text).then_some(0)
            }
            How::Letters { letters, exact } => match letters.strip_prefix(b"/") {
                // From the root on, letter by letter.
                Some(start) => {
                    let head = path.get(..start.len())?;
                    let same = if *exact {
                        head == start
                    } else {
                        head.eq_ignore_ascii_case(start)
                    };
                    let ends = path.len() == start.strip_suffix(b"/").unwrap_or(start).len();
                    same.then_some(2000 + 500 * i32::from(ends) - cost(path.len()))
                }
                None => {
                    let path = path.strip_suffix(b"/").unwrap_or(path);
                    letters_score(letters, *exact, path, name_at)
                }
            },
        }
    }

    /// From this score on the letters stand together: who has such matches wants no
    /// others.
    pub(crate) const TOGETHER: i32 = 700;
}

/// Of matches with their scores, best first, those that are meant.
pub(crate) fn meant<T>(mut found: Vec<(i32, T)>) -> Vec<(i32, T)> {
    if found
        .first()
        .is_some_and(|(score, _)| *score >= Pattern::TOGETHER)
    {
        found.retain(|(score, _)| *score >= Pattern::TOGETHER);
    }
    found
}

/// Letters that stand together, at the beginning of words, in the name: the more of
/// that, the better. Whole words beat all.
fn letters_score(letters: &[u8], exact: bool, path: &[u8], name_at: usize) -> Option<i32> {
    let same = |a: u8, b: u8| {
        if exact {
            a == b
        } else {
            a.to_ascii_lowercase() == b
        }
    };
    let letters: &[u8] = letters;
    let in_name = path.get(name_at..).unwrap_or_default();
    // As it stands, in the name or in the path: nobody who typed it means less.
    if let Some(at) = position(in_name, letters, same) {
        let whole = in_name.len() == letters.len();
        let start = at == 0;
        return Some(2000 + 500 * i32::from(whole) + 300 * i32::from(start) - cost(in_name.len()));
    }
    if position(path, letters, same).is_some() {
        return Some(1000 - cost(path.len()));
    }
    let mut score = 0;
    let mut wanted = letters.iter();
    let mut next = wanted.next();
    let mut last = None;
    for (at, &byte) in path.iter().enumerate() {
        let Some(&letter) = next else { break };
        if same(byte, letter) {
            let before = at.checked_sub(1).and_then(|at| path.get(at));
            let begins = before.is_none_or(|before| !before.is_ascii_alphanumeric());
            score +=
                10 * i32::from(begins) + 15 * i32::from(last.is_some_and(|last| last + 1 == at));
            score += 5 * i32::from(at >= name_at);
            last = Some(at);
            next = wanted.next();
        }
    }
    next.is_none().then_some(score - cost(path.len()))
}

fn cost(length: usize) -> i32 {
    i32::try_from(length.min(200)).unwrap_or(200)
}

fn position(text: &[u8], letters: &[u8], same: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let length = letters.len();
    let fits = |part: &[u8]| {
        part.iter()
            .zip(letters)
            .all(|(&byte, &letter)| same(byte, letter))
    };
    text.windows(length.max(1)).position(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_like(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).unwrap().is_like(path.as_bytes())
    }

    #[test]
    fn letters_fit_in_their_order_and_a_glob_as_globs_do() {
        assert!(is_like("pdtest", "usr/lib/pandas/tests"));
        assert!(!is_like("testpd", "usr/lib/pandas/tests"));
        assert!(is_like("PANDAS", "a/PANDAS") && !is_like("PANDAS", "a/pandas"));
        assert!(is_like("*.so", "usr/lib/x.so") && !is_like("*.so", "usr/x.so/y"));
        assert!(is_like("usr/**/x.so", "usr/a/b/x.so"));
        assert!(is_like("/usr/*/x", "usr/a/x"));
        assert!(is_like("/usr/lib", "usr/lib") && is_like("/usr/li", "usr/lib/x"));
        assert!(!is_like("/lib", "usr/lib"));
        assert!(Pattern::parse("[").is_none() && Pattern::parse(" ").is_none());
    }

    #[test]
    fn what_stands_as_it_is_typed_fits_best() {
        let score = |path: &str| Pattern::parse("numpy").unwrap().score(path.as_bytes());
        let best = [
            "lib/numpy",
            "lib/numpy.libs",
            "lib/my-numpy",
            "numpy/core",
            "n/u/m/p/y",
        ];
        let scores: Vec<_> = best.iter().map(|path| score(path).unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        assert_eq!(score("lib/pandas"), None);
        let found = scores.into_iter().zip(best).collect();
        let left: Vec<&str> = meant(found).into_iter().map(|(_, path)| path).collect();
        assert_eq!(left, best[..4]);
    }
}
