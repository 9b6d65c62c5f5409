//! Colours and glyphs. What comes in is what the terminal can and the user likes; what
//! goes out is a style for every role. Nothing is said by colour alone.

use imgsize::owner::Category;
use ratatui::style::{Color, Modifier, Style};

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Palette {
    #[default]
    Dark,
    Light,
    HighContrast,
    /// None: what must stand out is bold or reversed.
    Plain,
}

impl Palette {
    /// For the configuration, `--theme` and the help.
    pub(crate) const ALL: [(&'static str, Palette); 4] = [
        ("dark", Palette::Dark),
        ("light", Palette::Light),
        ("high-contrast", Palette::HighContrast),
        ("none", Palette::Plain),
    ];

    pub(crate) fn named(name: &str) -> Option<Palette> {
        let found = Palette::ALL.iter().find(|(other, _)| *other == name);
        found.map(|(_, palette)| *palette)
    }

    pub(crate) fn next(self) -> Palette {
        let at = Palette::ALL.iter().position(|(_, other)| *other == self);
        let at = at.unwrap_or_default();
        Palette::ALL[(at + 1) % Palette::ALL.len()].1
    }
}

/// What a text is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Text,
    /// Less important.
    Dim,
    /// Headings.
    Title,
    /// A key in a hint.
    Key,
    /// The row that the cursor is on, in the pane that has the keys.
    Cursor,
    /// The same, in the other pane.
    CursorElsewhere,
    Added,
    Changed,
    Removed,
    /// Only permissions, owner or times.
    Metadata,
    Safe,
    Check,
    Behaviour,
    Warning,
    Ticked,
    Match,
    Category(Category),
}

/// How everything looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Theme {
    pub(crate) palette: Palette,
    /// May there be anything but ASCII?
    pub(crate) unicode: bool,
}

impl Theme {
    pub(crate) fn has_colour(&self) -> bool {
        self.palette != Palette::Plain
    }

    pub(crate) fn style(&self, role: Role) -> Style {
        let plain = Style::default();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        if self.palette == Palette::Plain {
            return match role {
                Role::Title | Role::Key | Role::Ticked | Role::Match | Role::Warning => bold,
                Role::Cursor => reversed,
                Role::CursorElsewhere => plain.add_modifier(Modifier::UNDERLINED),
                _ => plain,
            };
        }
        match role {
            Role::Text => plain,
            Role::Cursor => reversed.add_modifier(Modifier::BOLD),
            Role::CursorElsewhere => bold.add_modifier(Modifier::UNDERLINED),
            Role::Title | Role::Key | Role::Ticked | Role::Match => bold.fg(self.colour(role)),
            _ => plain.fg(self.colour(role)),
        }
    }

    /// The colour of a role; `Reset` where colours are off.
    pub(crate) fn colour(&self, role: Role) -> Color {
        use Palette::{Dark, HighContrast, Light};
        let (dark, light, high) = match role {
            Role::Text | Role::Cursor | Role::CursorElsewhere => {
                (Color::Reset, Color::Reset, Color::Reset)
            }
            Role::Dim => (Color::Indexed(245), Color::Indexed(240), Color::Reset),
            Role::Title => (Color::Indexed(117), Color::Indexed(25), Color::Reset),
            Role::Key => (Color::Indexed(222), Color::Indexed(94), Color::LightYellow),
            Role::Added | Role::Safe => {
                (Color::Indexed(114), Color::Indexed(28), Color::LightGreen)
            }
            Role::Changed | Role::Check => {
                (Color::Indexed(221), Color::Indexed(130), Color::LightYellow)
            }
            Role::Removed | Role::Behaviour | Role::Warning => {
                (Color::Indexed(210), Color::Indexed(124), Color::LightRed)
            }
            Role::Metadata => (Color::Indexed(147), Color::Indexed(55), Color::LightMagenta),
            Role::Ticked | Role::Match => {
                (Color::Indexed(215), Color::Indexed(166), Color::LightCyan)
            }
            Role::Category(category) => return self.category(category),
        };
        match self.palette {
            Dark => dark,
            Light => light,
            HighContrast => high,
            Palette::Plain => Color::Reset,
        }
    }

    fn category(&self, category: Category) -> Color {
        let (dark, light, high) = match category {
            Category::BaseOs => (67, 25, Color::LightBlue),
            Category::SystemPackages => (73, 30, Color::LightCyan),
            Category::LanguageRuntime => (107, 64, Color::LightGreen),
            Category::LanguagePackages => (179, 136, Color::LightYellow),
            Category::App => (174, 131, Color::LightRed),
            Category::BuildOutput => (139, 90, Color::LightMagenta),
            Category::Leftovers => (131, 88, Color::Red),
            Category::Unattributed => (245, 240, Color::Gray),
        };
        match self.palette {
            Palette::Dark => Color::Indexed(dark),
            Palette::Light => Color::Indexed(light),
            Palette::HighContrast => high,
            Palette::Plain => Color::Reset,
        }
    }

    /// One of two: with what Unicode has, or without.
    pub(crate) fn glyph(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}
