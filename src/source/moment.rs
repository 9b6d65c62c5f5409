//! Moments as documents spell them (RFC 3339).

/// Nanoseconds since 1970; `None` for what is no moment, and beyond the year 2262.
pub(super) fn nanoseconds(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (date, time) = (text.get(..10)?, text.get(11..19)?);
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let is_sound = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    if !is_sound {
        return None;
    }
    let rest = text.get(19..)?;
    let digits = rest.strip_prefix('.').unwrap_or_default();
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let zone = if rest.starts_with('.') {
        digits.get(count..)?
    } else {
        rest
    };
    let fraction = format!("{:0<9}", digits.get(..count.min(9))?)
        .parse()
        .ok()?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = seconds - offset(zone)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// `Z`, or hours and minutes before or behind it, in seconds.
fn offset(zone: &str) -> Option<i64> {
    let (sign, time) = match zone.as_bytes().first()? {
        b'Z' | b'z' if zone.len() == 1 => return Some(0),
        b'+' => (1, &zone[1..]),
        b'-' => (-1, &zone[1..]),
        _ => return None,
    };
    let [hour, minute] = numbers(time, ':')?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.split(between).filter(is_number);
    let numbers: Option<Vec<i64>> = parts.map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// Days since 1970 in the Gregorian calendar. A year is counted from March, so that
/// the day that is not always there is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year / 4 - year / 100 + year / 400;
    365 * year + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_other_programs_read_them() {
        // By `date -u -d … +%s`.
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2020-02-29T12:34:56Z", 1_582_979_696),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2026-11-25T03:09:08+02:00", 1_795_568_948),
            ("2026-11-25T03:09:08-00:30", 1_795_577_948),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(nanoseconds(text), Some(seconds * 1_000_000_000), "{text}");
        }
        let fine = nanoseconds("1970-01-01T00:00:01.5000000009Z");
        assert_eq!(fine, Some(1_500_000_000));
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in [
            "",
            "now",
            "2020-13-01T00:00:00Z",
            "2020-01-01T00:00:00",
            "2020-01-01T25:00:00Z",
            "9999-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "2020-01-01T00:00:00.Zx",
            "2020-01-01T00:00:00+1",
            "2020-01-01Tä0:00:00Z",
            "20200101T000000Z",
            "+020-01-01T00:00:00Z",
        ] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
