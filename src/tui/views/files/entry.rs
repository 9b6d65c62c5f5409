//! What the tar tells of a file or a folder. What comes in is its entry, where it has
//! one; what goes out is its mode, its owner and its time.

use imgsize::rootfs::NodeId;
use ratatui::text::Line;

use super::listing::Spot;
use crate::tui::view::Cx;

pub(super) fn lines(node: NodeId, spot: &Spot, cx: &Cx<'_>) -> Vec<Line<'static>> {
    let fs = cx.model.fs();
    // A content has its own entry: what is at the path in the end may be another.
    let entry = match spot.body(fs) {
        Some(body) if fs.body_of(node) != Some(body) => Some(fs.entry(fs.body(body))),
        _ => fs.entry_of(node),
    };
    let Some(entry) = entry else {
        return Vec::new();
    };
    vec![
        cx.pair(
            "Mode",
            format!("{} {:04o}", letters(entry.mode), entry.mode),
        ),
        cx.pair("User", format!("{}, group {}", entry.uid, entry.gid)),
        cx.pair("Changed", moment(entry.mtime)),
    ]
}

/// `rwxr-xr-x`, with `s` and `t` where they stand in `ls`.
fn letters(mode: u16) -> String {
    let bit = |at: u16| mode & (1 << at) != 0;
    let mut text = String::new();
    for (special, letter, at) in [(11, 's', 6), (10, 's', 3), (9, 't', 0)] {
        text.push(if bit(at + 2) { 'r' } else { '-' });
        text.push(if bit(at + 1) { 'w' } else { '-' });
        text.push(match (bit(special), bit(at)) {
            (false, false) => '-',
            (false, true) => 'x',
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
        });
    }
    text
}

/// Seconds since 1970 as a day and a time, in UTC: days are counted from March of the
/// year 0, in eras of 400 years, so that the day that is not always there is the last.
fn moment(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month <= 2);
    let (hour, minute) = (rest / 3600, rest / 60 % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_moments_are_as_everywhere() {
        assert_eq!(letters(0o755), "rwxr-xr-x");
        assert_eq!(letters(0o4711), "rws--x--x");
        assert_eq!(letters(0o1666), "rw-rw-rwT");
        assert_eq!(moment(0), "1970-01-01 00:00 UTC");
        assert_eq!(moment(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(moment(1_700_000_000), "2023-11-14 22:13 UTC");
        assert_eq!(moment(-1), "1969-12-31 23:59 UTC");
        // Nobody checks what a tar says.
        moment(i64::MAX);
        moment(i64::MIN);
    }
}
