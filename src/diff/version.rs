//! Which of two versions is the later one. What comes in is two versions of one package;
//! what goes out is their order, as its ecosystem has it, as far as that can be told
//! without its tools.

use std::cmp::Ordering;

/// The order of two versions; equal where nothing that counts differs.
pub(super) fn compare(ecosystem: &str, a: &str, b: &str) -> Ordering {
    let is_system = matches!(ecosystem, "dpkg" | "rpm");
    let key = |text: &str| match ecosystem {
        "dpkg" | "rpm" => text.to_owned(),
        "apk" => apk(text),
        _ => language(ecosystem, text),
    };
    let (a, b) = (key(a), key(b));
    let ((a_epoch, a), (b_epoch, b)) = match is_system || matches!(ecosystem, "pip" | "conda") {
        true => (epoch(&a), epoch(&b)),
        false => ((0, a.as_str()), (0, b.as_str())),
    };
    let halves = |text: &str| match text.rsplit_once('-').filter(|_| is_system) {
        Some((version, revision)) => (version.to_owned(), revision.to_owned()),
        None => (text.to_owned(), String::new()),
    };
    let ((a, a_revision), (b, b_revision)) = (halves(a), halves(b));
    a_epoch
        .cmp(&b_epoch)
        .then_with(|| pieces(a.as_bytes(), b.as_bytes()))
        .then_with(|| pieces(a_revision.as_bytes(), b_revision.as_bytes()))
}

/// `1:2.3` and `1!2.3` are later than any without the `1`.
fn epoch(text: &str) -> (u64, &str) {
    match text.split_once([':', '!']) {
        Some((epoch, rest)) => match epoch.parse() {
            Ok(epoch) => (epoch, rest),
            Err(_) => (0, text),
        },
        None => (0, text),
    }
}

/// `_rc1` and its like are earlier than the version without them; what stands behind a
/// tilde is in [`pieces`].
fn apk(text: &str) -> String {
    let earlier = ["_alpha", "_beta", "_pre", "_rc"];
    earlier.iter().fold(text.to_owned(), |text, word| {
        text.replace(word, &format!("~{}", &word[1..]))
    })
}

/// Words that make a version earlier than the one without them.
const EARLIER: &[&str] = &[
    "alpha", "beta", "canary", "dev", "m", "next", "nightly", "pre", "preview", "rc", "snapshot",
];

/// Marks what makes a version a forerunner with a tilde, and leaves out what does not
/// count.
fn language(ecosystem: &str, text: &str) -> String {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let is_semantic = matches!(
        ecosystem,
        "npm" | "cargo" | "go" | "composer" | "dotnet" | "hex"
    );
    let text = match text.split_once('+').filter(|_| is_semantic) {
        Some((version, _)) => version,
        None => text,
    };
    if let Some((version, forerunner)) = text.split_once('-').filter(|_| is_semantic) {
        return format!("{version}~{forerunner}");
    }
    let text = text.to_lowercase();
    let mut out = String::with_capacity(text.len() + 1);
    let mut rest = text.as_str();
    let mut has_number = false;
    while let Some(first) = rest.chars().next() {
        let length = match first.is_ascii_alphabetic() {
            true => rest.find(|c: char| !c.is_ascii_alphabetic()),
            false => Some(first.len_utf8()),
        };
        let (word, behind) = rest.split_at(length.unwrap_or(rest.len()));
        // Python's `1.0a2` and `1.0b3`.
        let is_short = matches!(ecosystem, "pip" | "conda") && matches!(word, "a" | "b" | "c");
        let is_gem = ecosystem == "gem" && first.is_ascii_alphabetic();
        if has_number && (EARLIER.contains(&word) || is_short || is_gem) {
            out.truncate(out.trim_end_matches(['-', '.', '_']).len());
            // Of forerunners, those that Python calls `dev` are the earliest.
            out.push_str(if word == "dev" { "~~" } else { "~" });
        }
        // Later than the version without it, and earlier than any with one more number.
        if word == "post" {
            out.truncate(out.trim_end_matches(['-', '.', '_']).len());
            out.push('+');
        }
        out.push_str(word);
        has_number |= first.is_ascii_digit();
        rest = behind;
    }
    out
}

/// Letters and digits by turns, as dpkg compares: digits as numbers; a tilde before
/// everything, even the end; letters before all other signs.
fn pieces(mut a: &[u8], mut b: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        None => 0,
        Some(b'~') => -1,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    while !a.is_empty() || !b.is_empty() {
        let is_text = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
        while is_text(a) || is_text(b) {
            let order = weight(a.first()).cmp(&weight(b.first()));
            if order.is_ne() {
                return order;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let (a_number, a_rest) = number(a);
        let (b_number, b_rest) = number(b);
        let order = a_number.len().cmp(&b_number.len());
        let order = order.then_with(|| a_number.cmp(b_number));
        if order.is_ne() {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
    Ordering::Equal
}

/// The digits in front, without zeros before them, and the rest.
fn number(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let start = digits.iter().position(|&byte| byte != b'0');
    (
        digits
            .get(start.unwrap_or(digits.len())..)
            .unwrap_or_default(),
        rest,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_the_order_of_their_ecosystem() {
        // In each line every version is later than those before it.
        for (ecosystem, versions) in [
            (
                "dpkg",
                "1.0~rc1 1.0 1.0-1 1.0-1+b1 1.0-1+deb12u1 1.0-2 1.0.1-1 1.10-1 1:0.1-1 2:0.0",
            ),
            ("dpkg", "2.36-9+deb12u3 2.36-9+deb12u10 2.41-12"),
            ("rpm", "1.1-2.el9 1.1-10.el9 1.9-1.el9 1.10-1.el9 1:0.5-1"),
            (
                "apk",
                "1.2_alpha2 1.2_rc1-r0 1.2-r0 1.2-r1 1.2-r10 1.2.1-r0 3.0",
            ),
            (
                "pip",
                "1.0.dev1 1.0a2 1.0b1 1.0rc1 1.0 1.0.post1 1.0.1 1.9 1.26.4 2.0 1!0.1",
            ),
            (
                "npm",
                "1.0.0-alpha.1 1.0.0-alpha.2 1.0.0-beta 1.0.0 1.0.1 1.2.0 1.10.0",
            ),
            ("cargo", "0.9.0-rc.1 0.9.0 0.10.0+build.5 0.11.0"),
            (
                "go",
                "v0.0.0-20200101000000-aaaaaaaaaaaa v0.1.0 v0.9.0 v0.10.0 v2.0.0",
            ),
            ("java", "1.0-rc1 1.0-SNAPSHOT 1.0 1.0.1 1.2.3 1.11"),
            ("gem", "1.0.0.pre1 1.0.0.rc2 1.0.0 1.0.1 1.10"),
        ] {
            let versions: Vec<&str> = versions.split(' ').collect();
            for (a_no, a) in versions.iter().enumerate() {
                for (b_no, b) in versions.iter().enumerate() {
                    let order = compare(ecosystem, a, b);
                    assert_eq!(order, a_no.cmp(&b_no), "{ecosystem} {a} {b}");
                }
            }
        }
        for (ecosystem, a, b) in [
            ("npm", "v1.0.0", "1.0.0+build"),
            ("dpkg", "0:1.01", "1.1"),
            ("pip", "1.0", "1.00"),
        ] {
            assert_eq!(compare(ecosystem, a, b), Ordering::Equal, "{a} {b}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts_have_one_order(a in "[0-9a-z.~:+!é-]{0,12}", b in "[0-9a-z.~:+!é-]{0,12}") {
            for ecosystem in ["dpkg", "apk", "pip", "npm", "gem", ""] {
                let order = compare(ecosystem, &a, &b);
                proptest::prop_assert_eq!(order, compare(ecosystem, &b, &a).reverse());
            }
        }
    }
}
