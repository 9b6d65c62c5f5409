//! Terms of Erlang as text. What comes in is a file that `file:consult/1` would
//! read; what goes out is its terms, of numbers and functions only that they are there.
//!
//! Facts: Erlang Reference Manual, Data Types; OTP, `file:consult/1`.

/// A term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// An atom, a string or a binary: its text.
    Text(String),
    List(Vec<Term>),
    Tuple(Vec<Term>),
    /// Something else.
    Other,
}

/// Nothing real is nested so deep; each level is one of the stack.
const DEEPEST: usize = 64;

impl Term {
    /// The text of an atom, a string or a binary.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Term::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(super) fn list(&self) -> &[Term] {
        match self {
            Term::List(terms) => terms,
            _ => &[],
        }
    }

    /// The value of a pair with this key in a list of pairs.
    pub(super) fn get(&self, key: &str) -> Option<&Term> {
        self.list().iter().find_map(|pair| pair.value_of(key))
    }

    /// The value of a pair, if this is its key.
    pub(super) fn value_of(&self, key: &str) -> Option<&Term> {
        match self {
            Term::Tuple(pair) => match pair.as_slice() {
                [Term::Text(text), value] if text == key => Some(value),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The terms of a text, each with a full stop behind it; `None` where it is none.
pub(super) fn terms(text: &[u8]) -> Option<Vec<Term>> {
    let mut reader = Reader { rest: text };
    let mut terms = Vec::new();
    while reader.peek().is_some() {
        terms.push(reader.term(0)?);
        reader.expect(b".")?;
    }
    Some(terms)
}

struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    /// The next byte that is no space and in no comment.
    fn peek(&mut self) -> Option<u8> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            match self.rest {
                [b'%', ..] => {
                    let end = self.rest.iter().position(|&byte| byte == b'\n');
                    self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
                }
                rest => return rest.first().copied(),
            }
        }
    }

    fn expect(&mut self, token: &[u8]) -> Option<()> {
        self.peek()?;
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    fn term(&mut self, depth: usize) -> Option<Term> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'{' => Some(Term::Tuple(self.items(b"{", b"}", depth)?)),
            b'[' => Some(Term::List(self.items(b"[", b"]", depth)?)),
            b'#' => {
                self.expect(b"#")?;
                self.items(b"{", b"}", depth)?;
                Some(Term::Other)
            }
            b'<' => {
                let parts = self.items(b"<<", b">>", depth)?;
                let texts: Option<Vec<&str>> = parts.iter().map(Term::text).collect();
                Some(texts.map_or(Term::Other, |texts| Term::Text(texts.concat())))
            }
            quote @ (b'"' | b'\'') => Some(Term::Text(self.quoted(quote)?)),
            // `$x` is the number of a character.
            b'$' => {
                let behind = if self.rest.get(1) == Some(&b'\\') {
                    3
                } else {
                    2
                };
                self.rest = self.rest.get(behind..)?;
                Some(Term::Other)
            }
            _ => self.word(),
        }
    }

    /// What stands between two brackets: terms with commas, of a list with a tail and
    /// of a map with arrows between them.
    fn items(&mut self, open: &[u8], close: &[u8], depth: usize) -> Option<Vec<Term>> {
        self.expect(open)?;
        let mut items = Vec::new();
        loop {
            if self.expect(close).is_some() {
                return Some(items);
            }
            if !items.is_empty() {
                let between = [&b","[..], b"|", b"=>"];
                between.iter().find_map(|token| self.expect(token))?;
            }
            items.push(self.term(depth + 1)?);
            // `<<"text"/utf8>>`.
            self.expect(b"/utf8").unwrap_or_default();
        }
    }

    fn quoted(&mut self, quote: u8) -> Option<String> {
        let mut text = Vec::new();
        let mut bytes = self.rest.iter().enumerate().skip(1);
        while let Some((at, &byte)) = bytes.next() {
            match byte {
                b'\\' => text.push(*bytes.next()?.1),
                byte if byte == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Some(String::from_utf8_lossy(&text).into_owned());
                }
                byte => text.push(byte),
            }
        }
        None
    }

    /// An atom without quotes, or a number.
    fn word(&mut self) -> Option<Term> {
        let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@#+-".contains(byte);
        let end = self.rest.iter().position(|byte| !is_in_word(byte));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        match word.first()? {
            b'a'..=b'z' => Some(Term::Text(String::from_utf8_lossy(word).into_owned())),
            // The full stop in a number is not the one behind a term.
            _ => {
                if let [b'.', b'0'..=b'9', ..] = self.rest {
                    self.rest = &self.rest[1..];
                    self.word()?;
                }
                Some(Term::Other)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<Term> {
        terms(text.as_bytes()).and_then(|terms| terms.into_iter().next())
    }

    #[test]
    fn terms_are_read() {
        let app = one(
            "%% -*- erlang -*-\n{application, 'my app',\n [{vsn, \"1.0\\\"2\"}, \
             {env, [{a, 1.5}, {b, -3}, {c, $x}, {d, #{k => <<\"v\"/utf8>>}}, {e, 16#ff}]}, \
             {applications, [kernel,stdlib|more]}, {mod, {m, []}}]}.\n% end",
        );
        let Some(Term::Tuple(parts)) = app else {
            panic!("no tuple");
        };
        assert_eq!(parts[1].text(), Some("my app"));
        assert_eq!(parts[2].get("vsn").and_then(Term::text), Some("1.0\"2"));
        let applications = parts[2].get("applications").unwrap();
        assert_eq!(applications.list().len(), 3);
        assert_eq!(
            one("{<<\"name\">>,<<>>}.")
                .unwrap()
                .value_of("name")
                .unwrap()
                .text(),
            Some("")
        );
    }

    #[test]
    fn what_is_no_term_is_told_from_one() {
        for text in [
            "{",
            "{a",
            "{a,",
            "{a}",
            "[a b].",
            "\"x",
            "<<\"x\">.",
            "'",
            "#",
            "=.",
            "{a}. ]",
        ] {
            assert_eq!(terms(text.as_bytes()), None, "{text}");
        }
        assert_eq!(terms(b""), Some(Vec::new()));
        let deep = "[".repeat(1 << 20);
        assert_eq!(terms(deep.as_bytes()), None);
        let deep = "{".repeat(50) + &"}".repeat(50) + ".";
        assert!(terms(deep.as_bytes()).is_some());
    }
}
