//! The keys. What comes in is key presses, and what the user bound otherwise; what
//! goes out is actions. The help is made from the same list.

use std::collections::{BTreeMap, HashMap};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something that a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    Quit,
    Help,
    Back,
    Suspend,
    Redraw,
    Overview,
    Layers,
    Files,
    Packages,
    Advice,
    Lost,
    Diff,
    NextView,
    PreviousView,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    Top,
    Bottom,
    NextPane,
    PreviousPane,
    Wider,
    Narrower,
    Open,
    Fold,
    OpenAll,
    CloseAll,
    Sort,
    Search,
    NextMatch,
    PreviousMatch,
    Filter,
    Tick,
    TickSafe,
    UntickAll,
    Range,
    AsOf,
    LayerBefore,
    LayerAfter,
    Contents,
    Extract,
    CopyPath,
    GoLayer,
    GoPackage,
    NextCopy,
    Export,
    Theme,
}

/// One line of the help.
pub(crate) struct Binding {
    pub(crate) action: Action,
    /// What the configuration calls it.
    pub(crate) id: &'static str,
    /// What it is bound to, unless the user says otherwise; the first is shown in hints.
    pub(crate) keys: &'static [&'static str],
    pub(crate) group: &'static str,
    pub(crate) help: &'static str,
}

const fn bind(
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    group: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        action,
        id,
        keys,
        group,
        help,
    }
}

const VIEWS: &str = "Views";
const MOVE: &str = "Moving";
const LOOK: &str = "Looking";
const FILE: &str = "On a file or folder";
const DO: &str = "Doing";
const REST: &str = "The program";

/// Every key, in the order of the help.
#[rustfmt::skip]
pub(crate) const KEYS: &[Binding] = &[
    bind(Action::Overview, "overview", &["1"], VIEWS, "where the bytes are, and the largest advice"),
    bind(Action::Layers, "layers", &["2"], VIEWS, "the layers and what made them"),
    bind(Action::Files, "files", &["3"], VIEWS, "the files as a tree"),
    bind(Action::Packages, "packages", &["4"], VIEWS, "whose the bytes are, and why they are there"),
    bind(Action::Advice, "advice", &["5"], VIEWS, "what could be smaller, and how"),
    bind(Action::Lost, "lost", &["6"], VIEWS, "what is stored and in no container"),
    bind(Action::Diff, "diff", &["7"], VIEWS, "what grew, if two images were given"),
    bind(Action::NextView, "next-view", &["}", "ctrl-right"], VIEWS, "the next view"),
    bind(Action::PreviousView, "previous-view", &["{", "ctrl-left"], VIEWS, "the view before"),
    bind(Action::Up, "up", &["k", "up"], MOVE, "a row up"),
    bind(Action::Down, "down", &["j", "down"], MOVE, "a row down"),
    bind(Action::Left, "left", &["h", "left"], MOVE, "close, or go to what it is in"),
    bind(Action::Right, "right", &["l", "right"], MOVE, "open, or go to what is in it"),
    bind(Action::PageUp, "page-up", &["pageup", "ctrl-b"], MOVE, "a page up"),
    bind(Action::PageDown, "page-down", &["pagedown", "ctrl-f"], MOVE, "a page down"),
    bind(Action::HalfUp, "half-page-up", &["ctrl-u"], MOVE, "half a page up"),
    bind(Action::HalfDown, "half-page-down", &["ctrl-d"], MOVE, "half a page down"),
    bind(Action::Top, "top", &["g", "home"], MOVE, "the first row"),
    bind(Action::Bottom, "bottom", &["G", "end"], MOVE, "the last row"),
    bind(Action::NextPane, "next-pane", &["tab"], MOVE, "the other pane"),
    bind(Action::PreviousPane, "previous-pane", &["backtab"], MOVE, "the pane before"),
    bind(Action::Wider, "wider", &[">"], MOVE, "move the divider on"),
    bind(Action::Narrower, "narrower", &["<"], MOVE, "move the divider back"),
    bind(Action::Open, "open", &["enter"], LOOK, "unfold; the files of a package or of advice; the contents of a file"),
    bind(Action::Fold, "fold", &["space"], LOOK, "fold and unfold; tick what has nothing in it"),
    bind(Action::OpenAll, "unfold-all", &["E"], LOOK, "unfold everything"),
    bind(Action::CloseAll, "fold-all", &["C"], LOOK, "fold everything"),
    bind(Action::Sort, "sort", &["s"], LOOK, "sort by the next column"),
    bind(Action::Search, "search", &["/"], LOOK, "search: letters in order, or a pattern such as *.so"),
    bind(Action::NextMatch, "next-match", &["n"], LOOK, "the next match"),
    bind(Action::PreviousMatch, "previous-match", &["N"], LOOK, "the match before"),
    bind(Action::Filter, "filter", &["f"], LOOK, "filter by size, owner, layer, kind, path"),
    bind(Action::Range, "range", &["r"], LOOK, "in Layers: show only the layers from the chosen one to this"),
    bind(Action::AsOf, "as-of", &["a"], LOOK, "in Files: the tree as of a layer, or of the whole image"),
    bind(Action::LayerBefore, "layer-before", &["["], LOOK, "in Files as of a layer: the layer below"),
    bind(Action::LayerAfter, "layer-after", &["]"], LOOK, "in Files as of a layer: the layer above"),
    bind(Action::Contents, "contents", &["v"], FILE, "look at the contents: text, or bytes"),
    bind(Action::Extract, "extract", &["x"], FILE, "write it to disk"),
    bind(Action::CopyPath, "copy-path", &["y"], FILE, "copy its path, or the fix of advice, to the clipboard"),
    bind(Action::GoLayer, "go-layer", &["w"], FILE, "the layer that wrote it"),
    bind(Action::GoPackage, "go-package", &["p"], FILE, "the package that owns it"),
    bind(Action::NextCopy, "next-copy", &["d"], FILE, "the next file with the same content"),
    bind(Action::Tick, "tick", &["t"], DO, "tick advice, a file or a folder; in Layers: show only this layer"),
    bind(Action::TickSafe, "tick-safe", &["S"], DO, "tick all advice that is safe"),
    bind(Action::UntickAll, "untick-all", &["u"], DO, "take all ticks away"),
    bind(Action::Export, "export", &["e"], DO, "write down what is ticked"),
    bind(Action::Theme, "theme", &["T"], REST, "the next theme"),
    bind(Action::Redraw, "redraw", &["ctrl-l"], REST, "draw everything anew"),
    bind(Action::Help, "help", &["?", "f1"], REST, "this help"),
    bind(Action::Back, "back", &["esc"], REST, "close what is open, then take the filter away"),
    bind(Action::Suspend, "suspend", &["ctrl-z"], REST, "stop; `fg` goes on"),
    bind(Action::Quit, "quit", &["q", "ctrl-c"], REST, "leave"),
];

/// Why a binding of the user's cannot be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum KeyError {
    #[error("there is no key `{0}`")]
    NoKey(String),
    #[error("there is no action `{0}`")]
    NoAction(String),
    #[error("`{key}` is bound to `{one}` and to `{other}`")]
    Twice {
        key: String,
        one: &'static str,
        other: &'static str,
    },
    #[error("no key is bound to `{0}`")]
    Unbound(&'static str),
}

impl KeyError {
    /// What the user can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            KeyError::NoKey(_) => {
                "a key is a character, or a name such as `enter`, `space`, `f1`, `pageup`, perhaps behind `ctrl-` or `alt-`"
            }
            KeyError::NoAction(_) => {
                "`imgsize tui --no-config IMAGE` starts without it, and `?` there lists the names"
            }
            KeyError::Twice { .. } => "bind one of the two to another key",
            KeyError::Unbound(_) => "without it there is no way out; give it one key at least",
        }
    }
}

/// A key as it is pressed.
type Press = (KeyCode, KeyModifiers);

/// Which key does what.
#[derive(Debug, Clone)]
pub(crate) struct Keymap {
    actions: HashMap<Press, Action>,
    names: BTreeMap<Action, Vec<String>>,
}

impl Keymap {
    /// The list above, with what the user binds otherwise: by the action's id all of its
    /// keys.
    pub(crate) fn new(bound: &BTreeMap<String, Vec<String>>) -> Result<Keymap, KeyError> {
        if let Some(id) = bound
            .keys()
            .find(|id| KEYS.iter().all(|key| key.id != **id))
        {
            return Err(KeyError::NoAction(id.clone()));
        }
        let mut map = Keymap {
            actions: HashMap::new(),
            names: BTreeMap::new(),
        };
        // First what the user says: a key that it takes from another is free for it.
        for binding in KEYS {
            for name in bound.get(binding.id).into_iter().flatten() {
                map.bind(binding, name)?;
            }
        }
        for binding in KEYS
            .iter()
            .filter(|binding| !bound.contains_key(binding.id))
        {
            for name in binding.keys {
                let press = parse(name).ok_or_else(|| KeyError::NoKey((*name).to_owned()))?;
                if !map.actions.contains_key(&press) {
                    map.bind(binding, name)?;
                }
            }
        }
        match map.names.contains_key(&Action::Quit) {
            true => Ok(map),
            false => Err(KeyError::Unbound("quit")),
        }
    }

    fn bind(&mut self, binding: &Binding, name: &str) -> Result<(), KeyError> {
        let press = parse(name).ok_or_else(|| KeyError::NoKey(name.to_owned()))?;
        if let Some(other) = self.actions.insert(press, binding.action)
            && other != binding.action
        {
            return Err(KeyError::Twice {
                key: name.to_owned(),
                one: id(other),
                other: binding.id,
            });
        }
        let names = self.names.entry(binding.action).or_default();
        names.push(name.to_owned());
        Ok(())
    }

    /// What a key press means.
    pub(crate) fn action(&self, key: &KeyEvent) -> Option<Action> {
        self.actions.get(&normal(key.code, key.modifiers)).copied()
    }

    /// The keys of an action, as people read them; empty if it has none.
    pub(crate) fn keys(&self, action: Action) -> &[String] {
        self.names.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action, for hints.
    pub(crate) fn key(&self, action: Action) -> &str {
        self.keys(action).first().map_or("", String::as_str)
    }
}

fn id(action: Action) -> &'static str {
    let binding = KEYS.iter().find(|binding| binding.action == action);
    binding.map_or("", |binding| binding.id)
}

/// A capital is its own key: whether a terminal says that shift was held is its affair.
fn normal(code: KeyCode, modifiers: KeyModifiers) -> Press {
    let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
    match code {
        KeyCode::Char(c) if kept.contains(KeyModifiers::CONTROL) => {
            (KeyCode::Char(c.to_ascii_lowercase()), kept)
        }
        _ => (code, kept),
    }
}

/// A key's name: `q`, `G`, `ctrl-c`, `pageup`, `f1`.
pub(crate) fn parse(name: &str) -> Option<Press> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    loop {
        let (modifier, left) = match rest {
            _ if rest.len() <= 4 => break,
            _ if rest.starts_with("ctrl-") => (KeyModifiers::CONTROL, rest.get(5..)?),
            _ if rest.starts_with("alt-") => (KeyModifiers::ALT, rest.get(4..)?),
            _ => break,
        };
        modifiers |= modifier;
        rest = left;
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "space" => KeyCode::Char(' '),
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "insert" => KeyCode::Insert,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        _ => {
            let mut chars = rest.chars();
            match (chars.next()?, chars.next()) {
                (c, None) if !c.is_control() => KeyCode::Char(c),
                ('f', Some(_)) => KeyCode::F(rest.get(1..)?.parse().ok()?),
                _ => return None,
            }
        }
    };
    Some(normal(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let owned = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        let pairs = pairs.iter();
        pairs
            .map(|(id, keys)| ((*id).to_owned(), owned(keys)))
            .collect()
    }

    #[test]
    fn no_key_does_two_things_and_every_action_is_listed_once() {
        let map = Keymap::new(&BTreeMap::new()).unwrap();
        let names: usize = KEYS.iter().map(|binding| binding.keys.len()).sum();
        assert_eq!(map.actions.len(), names);
        assert_eq!(map.names.len(), KEYS.len());
    }

    #[test]
    fn a_key_that_the_user_binds_is_taken_from_whoever_had_it() {
        let map = Keymap::new(&bound(&[("down", &["n"]), ("quit", &["ctrl-x"])])).unwrap();
        let press = |name: &str| map.actions.get(&parse(name).unwrap()).copied();
        assert_eq!(press("n"), Some(Action::Down));
        assert_eq!((press("j"), press("q")), (None, None));
        assert_eq!(press("ctrl-x"), Some(Action::Quit));
        assert_eq!(map.keys(Action::NextMatch), &[] as &[String]);
    }

    #[test]
    fn what_cannot_be_bound_is_told() {
        let error = |pairs: &[(&str, &[&str])]| Keymap::new(&bound(pairs)).unwrap_err().to_string();
        assert_eq!(
            error(&[("down", &["hyper-x"])]),
            "there is no key `hyper-x`"
        );
        assert_eq!(error(&[("fly", &["x"])]), "there is no action `fly`");
        assert_eq!(error(&[("quit", &[])]), "no key is bound to `quit`");
        assert_eq!(
            error(&[("up", &["x"]), ("down", &["x"])]),
            "`x` is bound to `up` and to `down`"
        );
    }

    #[test]
    fn keys_have_names() {
        let char = |c| KeyCode::Char(c);
        assert_eq!(parse("ctrl-c"), Some((char('c'), KeyModifiers::CONTROL)));
        assert_eq!(parse("alt-Q"), Some((char('Q'), KeyModifiers::ALT)));
        assert_eq!(parse("-"), Some((char('-'), KeyModifiers::NONE)));
        assert_eq!(parse("f12"), Some((KeyCode::F(12), KeyModifiers::NONE)));
        assert_eq!(
            (parse(""), parse("\u{1b}"), parse("foo")),
            (None, None, None)
        );
    }
}
