//! Numbers in sentences. What comes in is two numbers; what goes out is their words, so
//! exact that they never look the same unless they are.

use super::rows::Unit;
use crate::units::{Bytes, Units};

/// A number that was measured, or a limit, in words.
pub(super) fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => whole(value).to_string(),
        Unit::Count => whole(value).show(Units::Exact),
        Unit::Share => percent(value * 100.0, 1),
    }
}

/// Two numbers that are compared.
pub(super) fn pair(a: f64, b: f64, unit: Unit) -> (String, String) {
    let rough = (number(a, unit), number(b, unit));
    if a == b || rough.0 != rough.1 {
        return rough;
    }
    match unit {
        Unit::Bytes | Unit::Count => {
            let exact = |value| format!("{} bytes", whole(value).show(Units::Exact));
            (exact(a), exact(b))
        }
        Unit::Share => percents(a * 100.0, b * 100.0),
    }
}

/// Two parts of a hundred that are compared.
pub(super) fn percents(a: f64, b: f64) -> (String, String) {
    /// All that a number of this kind holds.
    const MOST_DIGITS: usize = 15;
    let pairs = (1..=MOST_DIGITS).map(|digits| (percent(a, digits), percent(b, digits)));
    let mut pairs = pairs.skip_while(|(one, other)| a != b && one == other);
    pairs
        .next()
        .unwrap_or_else(|| (format!("{a} %"), format!("{b} %")))
}

fn percent(value: f64, digits: usize) -> String {
    format!("{value:.digits$} %")
}

/// From a sum that was measured: it is whole, and no less than 0.
fn whole(value: f64) -> Bytes {
    Bytes(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_differ_never_look_the_same() {
        for (a, b, unit, words) in [
            (512e6, 500e6, Unit::Bytes, ("512.0 MB", "500.0 MB")),
            (
                500_000_001.0,
                500e6,
                Unit::Bytes,
                ("500,000,001 bytes", "500,000,000 bytes"),
            ),
            (500e6, 500e6, Unit::Bytes, ("500.0 MB", "500.0 MB")),
            (12.0, 10.0, Unit::Count, ("12", "10")),
            (0.5, 0.25, Unit::Share, ("50.0 %", "25.0 %")),
            (0.949_96, 0.95, Unit::Share, ("94.996 %", "95.000 %")),
        ] {
            let (one, other) = pair(a, b, unit);
            assert_eq!((one.as_str(), other.as_str()), words);
        }
        let close = pair(0.1 + 0.2, 0.3, Unit::Share);
        assert_ne!(close.0, close.1);
    }
}
