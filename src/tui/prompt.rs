//! A line that asks for something. What comes in is keys; what goes out is the text.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use imgsize::rootfs::{BodyId, NodeId};

use super::export::Form;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asks {
    Search,
    Filter,
    /// Into which folder a file or a folder is to be written.
    Extract(NodeId),
    ExtractBody(BodyId),
    /// Into which file an export is to be written.
    Export(Arc<Form>),
}

/// A line being edited.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) asks: Asks,
    text: Vec<char>,
    /// Before which character the cursor stands.
    at: usize,
    /// What it is about; safe.
    what: String,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
}

/// What a key did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It goes on.
    Goes,
    /// The text is another.
    Changed,
    Given,
    Left,
}

/// Longer than any path.
const LONGEST: usize = 4096;

impl Prompt {
    pub(crate) fn new(asks: Asks, text: &str) -> Prompt {
        let text: Vec<char> = text
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        Prompt {
            asks,
            at: text.len(),
            text,
            what: String::new(),
            wrong: None,
        }
    }

    /// The same, about something that its title names.
    pub(crate) fn about(mut self, what: String) -> Prompt {
        self.what = what;
        self
    }

    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> String {
        self.text.iter().take(self.at).collect()
    }

    pub(crate) fn title(&self) -> String {
        match self.asks {
            Asks::Search => "Search".to_owned(),
            Asks::Filter => "Filter".to_owned(),
            Asks::Extract(_) | Asks::ExtractBody(_) => {
                format!("Write {} into the folder", self.what)
            }
            Asks::Export(_) => "Write to the file".to_owned(),
        }
    }

    /// Text that came at once.
    pub(crate) fn paste(&mut self, text: &str) {
        for c in text.chars().filter(|c| !c.is_control()) {
            if self.text.len() < LONGEST {
                self.text.insert(self.at, c);
                self.at += 1;
            }
        }
    }

    pub(crate) fn key(&mut self, key: &KeyEvent) -> Answer {
        self.wrong = None;
        let held = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Answer::Given,
            KeyCode::Esc => return Answer::Left,
            KeyCode::Char('c' | 'g') if held => return Answer::Left,
            KeyCode::Char('u') if held => {
                self.text.drain(..self.at);
                self.at = 0;
            }
            KeyCode::Char('w') if held => {
                while self.at > 0 && self.text[self.at - 1] == ' ' {
                    self.remove_before();
                }
                while self.at > 0 && self.text[self.at - 1] != ' ' {
                    self.remove_before();
                }
            }
            KeyCode::Char('a') if held => return self.go(0),
            KeyCode::Char('e') if held => return self.go(self.text.len()),
            KeyCode::Home => return self.go(0),
            KeyCode::End => return self.go(self.text.len()),
            KeyCode::Left => return self.go(self.at.saturating_sub(1)),
            KeyCode::Right => return self.go(self.at + 1),
            KeyCode::Backspace => self.remove_before(),
            KeyCode::Delete => {
                if self.at < self.text.len() {
                    self.text.remove(self.at);
                }
            }
            KeyCode::Char(c) if !held && !c.is_control() => self.paste(&c.to_string()),
            _ => return Answer::Goes,
        }
        Answer::Changed
    }

    fn go(&mut self, at: usize) -> Answer {
        self.at = at.min(self.text.len());
        Answer::Goes
    }

    fn remove_before(&mut self) {
        if self.at > 0 {
            self.at -= 1;
            self.text.remove(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_edited() {
        let mut prompt = Prompt::new(Asks::Filter, "size:>1MB");
        let press =
            |prompt: &mut Prompt, code, modifiers| prompt.key(&KeyEvent::new(code, modifiers));
        let (none, held) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        prompt.paste(" owner:x\u{1b}");
        assert_eq!(prompt.text(), "size:>1MB owner:x");
        press(&mut prompt, KeyCode::Char('w'), held);
        press(&mut prompt, KeyCode::Backspace, none);
        assert_eq!(prompt.text(), "size:>1MB");
        press(&mut prompt, KeyCode::Home, none);
        press(&mut prompt, KeyCode::Delete, none);
        press(&mut prompt, KeyCode::Char('S'), none);
        assert_eq!(
            (prompt.text(), prompt.before()),
            ("Size:>1MB".into(), "S".into())
        );
        press(&mut prompt, KeyCode::End, none);
        press(&mut prompt, KeyCode::Char('u'), held);
        assert_eq!(prompt.text(), "");
        assert_eq!(press(&mut prompt, KeyCode::Enter, none), Answer::Given);
        assert_eq!(press(&mut prompt, KeyCode::Esc, none), Answer::Left);
    }
}
