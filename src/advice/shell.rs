//! Words for a shell. What comes in are paths and commands of an image, which a stranger
//! named; what goes out is text that a shell takes for one word each.

/// An absolute path as one word.
pub fn path(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@=:,".contains(c);
    match path.chars().all(is_plain) {
        true => format!("/{path}"),
        false => format!("'/{}'", path.replace('\'', "'\\''")),
    }
}

/// `rm -rf` of absolute paths.
pub fn remove<'p>(paths: impl IntoIterator<Item = &'p str>) -> String {
    let words: Vec<String> = paths.into_iter().map(path).collect();
    format!("rm -rf {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_s_name_stays_one_word() {
        assert_eq!(
            remove(["a/b", "x y", "it's; rm"]),
            r"rm -rf /a/b '/x y' '/it'\''s; rm'"
        );
    }
}
