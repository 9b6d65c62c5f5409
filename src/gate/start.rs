//! A budget to start with. What comes in is an image as it is; what goes out is a
//! commented `imgsize.toml` that the image is within, with a margin.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::limit::measure;
use super::sizes::Sizes;
use crate::config::{Limit, Subject};
use crate::path::brief;
use crate::report::Report;
use crate::units::Bytes;

/// So many categories and packages get a limit of their own.
const MOST: usize = 3;

/// Of the stored bytes: what is smaller gets no limit of its own, and lost bytes may
/// grow by this in any case.
const SMALL_PERCENT: u64 = 1;

/// Writes a budget that the image is within; `margin` is in percent.
pub fn starting_budget(
    report: &Report,
    sizes: &Sizes,
    margin: u32,
    out: &mut dyn Write,
) -> io::Result<()> {
    let sum = sizes.sum();
    let small = Bytes(sum.stored().0 / 100 * SMALL_PERCENT);
    let image = &report.image;
    writeln!(
        out,
        "# How large the image may be: `imgsize check IMAGE` reads this."
    )?;
    writeln!(out, "# Written for {}", brief(&image.name))?;
    writeln!(out, "# ({})", brief(&image.digest))?;
    writeln!(
        out,
        "# by what it measured, plus {margin} %. Lower it as the image shrinks."
    )?;
    writeln!(out)?;
    writeln!(out, "[budget]")?;
    writeln!(out, "# All that the layers store.")?;
    size(out, "total", sum.stored(), margin, Bytes::ZERO)?;
    writeln!(out, "# What a registry sends.")?;
    size(out, "download", sum.download, margin, Bytes::ZERO)?;
    writeln!(
        out,
        "# Stored, and overwritten or deleted by a later layer."
    )?;
    size(out, "lost", sum.lost, margin, small)?;
    let layers = sizes.layers.len() as u64;
    let most = layers.saturating_add((layers * u64::from(margin)).div_ceil(100));
    writeln!(out, "layers = {most} # {layers} now")?;
    let largest = sizes.layers.iter().map(|layer| layer.sum.stored()).max();
    size(
        out,
        "largest-layer",
        largest.unwrap_or_default(),
        margin,
        Bytes::ZERO,
    )?;
    writeln!(
        out,
        "# To compare with what was measured before, and limit growth:"
    )?;
    writeln!(out, "# baseline = \"imgsize-baseline.json\"")?;
    writeln!(out, "# Bytes that no limit counts:")?;
    writeln!(out, "# ignore = [\"/app/models/**\"]")?;
    let owners = sizes.owners.iter().flatten();
    let mut categories: BTreeMap<String, Bytes> = BTreeMap::new();
    let mut packages: BTreeMap<String, Bytes> = BTreeMap::new();
    for owner in owners {
        let category = format!("category:{}", owner.category.id());
        *categories.entry(category).or_default() += owner.sum.stored();
        let package = |ecosystem: &String| format!("package:{ecosystem}:{}", owner.name);
        if let Some(package) = owner
            .ecosystem
            .as_ref()
            .map(package)
            .filter(|name| is_plain(name))
        {
            *packages.entry(package).or_default() += owner.sum.stored();
        }
    }
    for (words, sums) in [
        ("The largest categories.", categories),
        ("The largest packages.", packages),
    ] {
        let mut sums: Vec<(String, Bytes)> = sums.into_iter().collect();
        sums.retain(|(_, bytes)| *bytes > small);
        sums.sort_by_key(|(_, bytes)| Reverse(*bytes));
        sums.truncate(MOST);
        if !sums.is_empty() {
            writeln!(out, "\n# {words}")?;
        }
        for (no, (of, _)) in sums.iter().enumerate() {
            // What a check will measure, to the byte.
            let limit = of.parse::<Subject>().map(Limit::on);
            let now = limit.ok().and_then(|limit| measure(sizes, &limit));
            let now = Bytes(now.unwrap_or_default() as u64);
            if no > 0 {
                writeln!(out)?;
            }
            writeln!(out, "[[budget.limit]]\nof = \"{of}\"")?;
            size(out, "max", now, margin, Bytes::ZERO)?;
        }
    }
    writeln!(out, "\n# What must not be in the final image:")?;
    writeln!(out, "# [[budget.forbid]]\n# package = \"gcc*\"")?;
    writeln!(out, "# [[budget.forbid]]\n# path = \"/root/.cache/**\"")
}

/// A name that is the same in TOML and as a pattern.
fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.@/+:".contains(c);
    text.chars().all(is_plain)
}

fn size(out: &mut dyn Write, key: &str, now: Bytes, margin: u32, least: Bytes) -> io::Result<()> {
    let room = u128::from(now.0) * u128::from(margin);
    let room = u64::try_from(room.div_ceil(100)).unwrap_or(u64::MAX);
    let most = now + Bytes(room).max(least);
    writeln!(out, "{key} = \"{}\" # {now} now", rounded_up(most))
}

/// In the largest unit that leaves something before the point, with one digit behind.
fn rounded_up(bytes: Bytes) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match UNITS.iter().find(|(factor, _)| bytes.0 >= *factor) {
        None => format!("{}B", bytes.0),
        Some((factor, unit)) => {
            let tenths = u128::from(bytes.0) * 10;
            let tenths = tenths.div_ceil(u128::from(*factor));
            format!("{}.{}{unit}", tenths / 10, tenths % 10)
        }
    }
}
