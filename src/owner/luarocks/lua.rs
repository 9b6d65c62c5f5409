//! Data of Lua as text. What comes in is a rockspec or a manifest; what goes out is
//! what it assigns: texts and tables, of all else only that it is there.

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// With the names of those that have one.
    Table(Vec<(Option<String>, Value)>),
    /// Something else.
    Other,
}

/// Nothing real is nested so deep; each level is one of the stack.
const DEEPEST: usize = 64;

impl Value {
    /// What a table has by a name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let Value::Table(items) = self else {
            return None;
        };
        let named = items.iter().find(|(key, _)| key.as_deref() == Some(name));
        named.map(|(_, value)| value)
    }
}

/// The assignments up to the end, or to the first thing that is none; and was that
/// the end?
pub(super) fn assignments(text: &[u8]) -> (Vec<(String, Value)>, bool) {
    let mut reader = Reader { rest: text };
    let mut found = Vec::new();
    loop {
        if reader.peek().is_none() {
            return (found, true);
        }
        match reader.assignment() {
            Some(assignment) => found.push(assignment),
            None => return (found, false),
        }
    }
}

struct Reader<'t> {
    rest: &'t [u8],
}

impl Reader<'_> {
    /// The next byte that is no space and in no comment.
    fn peek(&mut self) -> Option<u8> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            let Some(comment) = self.rest.strip_prefix(b"--") else {
                return self.rest.first().copied();
            };
            // Whatever is not closed goes on to the end.
            self.rest = match opened(comment) {
                Some((inside, close)) => split(inside, &close).map_or(&[], |(_, rest)| rest),
                None => {
                    let end = comment.iter().position(|&byte| byte == b'\n');
                    &comment[end.unwrap_or(comment.len())..]
                }
            };
        }
    }

    fn expect(&mut self, token: u8) -> Option<()> {
        (self.peek()? == token).then(|| self.rest = &self.rest[1..])
    }

    fn assignment(&mut self) -> Option<(String, Value)> {
        self.peek()?;
        let name = self.word()?;
        self.expect(b'=')?;
        let value = self.value(0)?;
        self.expect(b';').unwrap_or_default();
        Some((name, value))
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        match self.peek()? {
            b'{' if depth < DEEPEST => self.table(depth),
            quote @ (b'"' | b'\'') => Some(Value::Text(self.quoted(quote)?)),
            b'[' => Some(Value::Text(self.long()?)),
            _ => self.word().map(|_| Value::Other),
        }
    }

    fn table(&mut self, depth: usize) -> Option<Value> {
        self.expect(b'{')?;
        let mut items = Vec::new();
        loop {
            if self.expect(b'}').is_some() {
                return Some(Value::Table(items));
            }
            items.push(self.item(depth)?);
            if self.expect(b',').or_else(|| self.expect(b';')).is_none() {
                self.expect(b'}')?;
                return Some(Value::Table(items));
            }
        }
    }

    /// `["name"] = value`, `name = value` or only a value.
    fn item(&mut self, depth: usize) -> Option<(Option<String>, Value)> {
        self.peek()?;
        let start = self.rest;
        let name = match start {
            [b'[', next, ..] if !b"[=".contains(next) => {
                self.expect(b'[')?;
                let name = self.value(depth + 1)?;
                self.expect(b']')?;
                match name {
                    Value::Text(name) => Some(name),
                    _ => None,
                }
            }
            _ => self.word(),
        };
        if self.expect(b'=').is_some() {
            return Some((name, self.value(depth + 1)?));
        }
        self.rest = start;
        Some((None, self.value(depth + 1)?))
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

    /// `[[text]]`, or with as many `=` in both brackets.
    fn long(&mut self) -> Option<String> {
        let (inside, close) = opened(self.rest)?;
        let (text, rest) = split(inside, &close)?;
        self.rest = rest;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// A name, a number, `true`.
    fn word(&mut self) -> Option<String> {
        let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let end = self.rest.iter().position(|byte| !is_in_word(byte));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(String::from_utf8_lossy(word).into_owned())
    }
}

/// What stands behind a long bracket, and what closes it.
fn opened(text: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    let inside = text.strip_prefix(b"[")?;
    let level = inside.iter().position(|&byte| byte != b'=')?;
    let inside = inside[level..].strip_prefix(b"[")?;
    Some((inside, [b"]", &vec![b'='; level][..], b"]"].concat()))
}

/// What stands before and behind a closing bracket.
fn split<'t>(text: &'t [u8], close: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = memchr::memmem::find(text, close)?;
    Some((&text[..at], &text[at + close.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read() {
        let (found, is_whole) = assignments(
            b"-- a comment\n--[==[ long\n]] ]==] a = 'x\\'y'; b = [[\n{ \"no\" ]]\n\
              c = { 'one'; two = { [ [==[three]==] ] = 3, [4] = -5.5, true }, }",
        );
        assert!(is_whole);
        assert_eq!(found[0], ("a".to_owned(), Value::Text("x'y".to_owned())));
        assert_eq!(found[1].1, Value::Text("\n{ \"no\" ".to_owned()));
        let two = found[2].1.get("two").unwrap();
        assert_eq!(two.get("three"), Some(&Value::Other));
        assert_eq!(found[2].1.get("one"), None);
    }

    #[test]
    fn a_program_ends_what_is_read() {
        for rest in [
            "local y = 2",
            "y",
            "y = ",
            "y = { 'a' ",
            "y = f()",
            "y = 'a",
            "y = [[a",
            "}",
        ] {
            let text = format!("x = 'a'\n{rest}\nz = 'b'");
            let (found, is_whole) = assignments(text.as_bytes());
            assert!(!is_whole, "{rest}");
            assert_eq!(found[0].0, "x", "{rest}");
        }
        let deep = "x = ".to_owned() + &"{".repeat(1 << 20);
        assert_eq!(assignments(deep.as_bytes()), (Vec::new(), false));
        let comments = "--[[\n".repeat(1 << 18);
        assert_eq!(assignments(comments.as_bytes()), (Vec::new(), true));
        let long = "[=".repeat(1 << 18);
        assert!(!assignments(format!("x = {{ {long}").as_bytes()).1);
    }
}
