//! All that is stored, as one line. What comes in is the accounts of the categories; what
//! goes out is a part of the line for each, in its colour and with its letter: no colour
//! is needed to read it.

use imgsize::owner::Category;
use imgsize::units::Bytes;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::model::Sums;
use crate::tui::theme::{Role, Theme};
use crate::tui::treemap::ink;

/// The letters that the report has for them.
pub(super) fn letter(category: Category) -> char {
    match category {
        Category::BaseOs => 'B',
        Category::SystemPackages => 'S',
        Category::LanguageRuntime => 'R',
        Category::LanguagePackages => 'L',
        Category::App => 'A',
        Category::BuildOutput => 'O',
        Category::Leftovers => 'C',
        Category::Unattributed => '?',
    }
}

/// The line: live by category, then what is lost.
pub(super) fn draw(
    categories: &[(Category, Sums)],
    lost: Bytes,
    theme: &Theme,
    columns: u16,
) -> Line<'static> {
    let live: Bytes = categories.iter().map(|(_, sums)| sums.live).sum();
    let parts = categories
        .iter()
        .map(|&(category, sums)| (letter(category), Role::Category(category), sums.live))
        .chain([('x', Role::Removed, lost)]);
    let mut spans = Vec::new();
    let (mut sum, mut filled) = (Bytes::ZERO, 0);
    for (mark, role, bytes) in parts {
        sum += bytes;
        // Rounded on the running sum, so that the parts always fill the line.
        let end = (sum.share_of(live + lost) * f64::from(columns)).round() as usize;
        let wide = end.saturating_sub(filled);
        filled = end.max(filled);
        if wide == 0 {
            continue;
        }
        spans.push(match theme.has_colour() {
            true => Span::styled(
                format!("{mark:<wide$}"),
                Style::default()
                    .fg(ink(theme.palette))
                    .bg(theme.colour(role)),
            ),
            false => Span::raw(mark.to_string().repeat(wide)),
        });
    }
    Line::from(spans)
}
