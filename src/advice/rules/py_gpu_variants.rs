//! Packages that have a smaller twin without graphics cards.

use crate::advice::python::is_for_gpu;
use crate::advice::{Finding, Risk, Rule, View};
use crate::path::brief;
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-gpu-variants",
    summary: "packages for graphics cards that have a twin for the processor only",
    explain: "\
Some packages come with support for graphics cards and have a smaller twin without: xgboost
is a wheel of 132 MB and xgboost-cpu one of 6, tensorflow 572 and tensorflow-cpu 274,
onnxruntime-gpu 256 and onnxruntime 24. Without a card, require the twin. A program that
does use a card then runs slower or not at all. The figure is an estimate of the download:
what is installed now without what the twin weighs. It says nothing where the image tells
that it is for a card; on what machine it runs it cannot see.",
    check,
};

/// A package, its twin, and the megabytes of their wheels (PyPI, 2026).
const TWINS: [(&str, &str, u64, u64); 3] = [
    ("xgboost", "xgboost-cpu", 132, 6),
    ("tensorflow", "tensorflow-cpu", 572, 274),
    ("onnxruntime-gpu", "onnxruntime", 256, 24),
];

fn check(view: &View<'_>) -> Vec<Finding> {
    if is_for_gpu(view) {
        return Vec::new();
    }
    let found = TWINS.iter().filter_map(|&(name, twin, size, small)| {
        let (id, owner) = view.package("pip", name)?;
        if !view.is_added(id) {
            return None;
        }
        // The twin's part of what is there, as their wheels are to each other.
        let rest = |bytes: Bytes| {
            let goes = u128::from(bytes.0) * u128::from(size - small) / u128::from(size);
            Bytes(u64::try_from(goes).unwrap_or(u64::MAX))
        };
        Some(
            Finding::new(format!(
                "{} has a twin without graphics cards",
                brief(&owner.name)
            ))
            .estimate(rest(owner.live), rest(owner.download))
            .risk(Risk::Check)
            .note("only where no graphics card is used")
            .fix(format!("# requirements.txt: {twin} instead of {name}")),
        )
    });
    found.collect()
}
