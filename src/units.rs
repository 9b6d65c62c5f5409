//! Quantities. What comes in is counts of bytes; what goes out is arithmetic
//! that cannot overflow silently and the words in which people read them.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A count of bytes; the only type for sizes.
///
/// Arithmetic saturates: sizes come from headers that strangers wrote, and a
/// lying one must neither panic nor wrap around to a small number.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// No bytes.
    pub const ZERO: Bytes = Bytes(0);

    /// The part that these bytes are of `whole`, from 0 to 1; 0 of nothing is 0.
    pub fn share_of(self, whole: Bytes) -> f64 {
        if whole.0 == 0 {
            0.0
        } else {
            self.0 as f64 / whole.0 as f64
        }
    }

    /// These bytes as words, in the given units.
    pub fn show(self, units: Units) -> String {
        let (base, names): (f64, &[&str]) = match units {
            Units::Exact => return group_digits(self.0),
            Units::Si => (1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"]),
            Units::Iec => (1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]),
        };
        let mut value = self.0 as f64;
        let mut step = 0;
        // 999.95 and up would round to "1000.0", so the next unit takes it.
        while value >= base - 0.05 && step + 1 < names.len() {
            value /= base;
            step += 1;
        }
        match step {
            0 => format!("{} B", self.0),
            _ => format!("{value:.1} {}", names[step]),
        }
    }
}

/// How sizes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// Powers of 1000, as `docker images` prints: `1 MB` is 1,000,000 bytes.
    #[default]
    Si,
    /// Powers of 1024: `1 MiB` is 1,048,576 bytes.
    Iec,
    /// Every digit.
    Exact,
}

fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// SI units, one decimal: `12.3 MB`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.show(Units::Si))
    }
}

impl Add for Bytes {
    type Output = Bytes;
    fn add(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_add(other.0))
    }
}

impl Sub for Bytes {
    type Output = Bytes;
    fn sub(self, other: Bytes) -> Bytes {
        Bytes(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Bytes) {
        *self = *self + other;
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Bytes>>(iter: I) -> Bytes {
        iter.fold(Bytes::ZERO, Add::add)
    }
}

/// Why a text is no size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no size: write a number and a unit, such as `250MB` or `1.5GiB`")]
pub struct NoSize(String);

/// Reads `250MB`, `1.5 GiB`, `42`; a bare `k`, `M`, `G` is a power of 1000.
impl FromStr for Bytes {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Bytes, NoSize> {
        let no_size = || NoSize(text.to_owned());
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')
            .unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(split);
        let number = number.replace('_', "");
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1000,
            "m" | "mb" => 1000_u64.pow(2),
            "g" | "gb" => 1000_u64.pow(3),
            "t" | "tb" => 1000_u64.pow(4),
            "ki" | "kib" => 1024,
            "mi" | "mib" => 1024_u64.pow(2),
            "gi" | "gib" => 1024_u64.pow(3),
            "ti" | "tib" => 1024_u64.pow(4),
            _ => return Err(no_size()),
        };
        if let Ok(whole) = number.parse::<u64>() {
            return whole.checked_mul(factor).map(Bytes).ok_or_else(no_size);
        }
        let value: f64 = number.parse().map_err(|_| no_size())?;
        let bytes = value * factor as f64;
        if !bytes.is_finite() || bytes >= u64::MAX as f64 {
            return Err(no_size());
        }
        Ok(Bytes(bytes.round() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("42", 42),
            ("250MB", 250_000_000),
            ("250 mb", 250_000_000),
            ("1.5GiB", 1_610_612_736),
            ("20Mib", 20_971_520),
            ("1_000k", 1_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)), "{text}");
        }
        for text in [
            "",
            "MB",
            "1.2.3MB",
            "12 parsecs",
            "-1",
            "99999999999TB",
            "1e400",
        ] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_never_prints_as_a_thousand_of_the_smaller_unit() {
        assert_eq!(Bytes(999).to_string(), "999 B");
        assert_eq!(Bytes(999_949).to_string(), "999.9 kB");
        assert_eq!(Bytes(999_950).to_string(), "1.0 MB");
        assert_eq!(Bytes(u64::MAX).to_string(), "18.4 EB");
        assert_eq!(Bytes(1023).show(Units::Iec), "1023 B");
        assert_eq!(Bytes(1 << 20).show(Units::Iec), "1.0 MiB");
        assert_eq!(Bytes(1_234_567).show(Units::Exact), "1,234,567");
    }

    #[test]
    fn sums_stop_at_the_largest_number_instead_of_wrapping() {
        assert_eq!(Bytes(u64::MAX) + Bytes(1), Bytes(u64::MAX));
        assert_eq!(Bytes(1) - Bytes(2), Bytes::ZERO);
    }
}
