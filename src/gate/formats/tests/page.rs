//! The comment: what it says first, what it never says, and how long it gets.

use super::super::markdown::write_comment;
use super::data::{HOSTILE, fail, hostile, huge, pass, several, warn};
use super::*;
use crate::gate::{State, Verdict};
use crate::units::Bytes;

fn comment(verdict: &Verdict, key: Option<&str>) -> String {
    let mut out = Vec::new();
    write_comment(verdict, &style(), key, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_comment_begins_with_its_marker_then_verdict_then_total() {
    for (verdict, key, first, third) in [
        (
            pass(),
            None,
            "registry.example:5000/shop/api",
            "### ✅ within budget: `registry.example:5000/shop/api:1.4.2`",
        ),
        (
            warn(),
            None,
            "shop/api",
            "### ⚠️ within budget, with warnings: `shop/api:1.4.2`",
        ),
        (
            fail(),
            Some("ci --> x"),
            "ci-x",
            "### ❌ over budget: `shop/api:1.4.2`",
        ),
        (
            several(),
            None,
            "shop/web",
            "### ❌ over budget: 2 of 4 checked",
        ),
    ] {
        let text = comment(&verdict, key);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("<!-- imgsize:{first} -->"));
        assert_eq!(lines[2], third);
        let total = if verdict.images.len() == 1 {
            "**Total "
        } else {
            "| Verdict | Image | Total |"
        };
        assert!(lines[4].starts_with(total), "{}", lines[4]);
    }
}

#[test]
fn no_key_ends_the_comment_that_it_is_in() {
    for text in HOSTILE
        .iter()
        .copied()
        .chain(["-->", "--!>", ">", "->", "-", "--", "a--b-", "\u{202e}"])
    {
        let text = comment(&pass(), Some(text));
        let first = text.lines().next().unwrap();
        let key = first
            .strip_prefix("<!-- imgsize:")
            .unwrap()
            .strip_suffix(" -->")
            .unwrap();
        assert!(
            !key.is_empty() && !key.contains(['<', '>', '!', ' ']) && !key.contains("--"),
            "{first}"
        );
        assert!(!key.ends_with('-') && key.is_ascii(), "{first}");
    }
}

#[test]
fn a_comment_is_never_longer_than_a_forge_takes() {
    let mut verdicts = vec![huge(), hostile(), fail()];
    // One image alone, so that its own tables have to give way.
    for images in [1, 2] {
        let mut verdict = huge();
        verdict.images.truncate(images);
        verdicts.push(verdict);
    }
    let mut many = several();
    let image = many.images[1].clone();
    many.images.extend((0..500).map(|_| image.clone()));
    verdicts.push(many);
    for verdict in verdicts {
        let text = comment(&verdict, None);
        let length = text.encode_utf16().count();
        assert!(length < 65_000, "{length}");
        // Whole to its end: every fold is closed, every row has the cells of its table.
        let opened = text.lines().filter(|line| line.starts_with("<details>"));
        let closed = text.lines().filter(|line| *line == "</details>");
        assert_eq!(opened.count(), closed.count());
        let mut heads = 0;
        for line in text.lines() {
            match line.starts_with('|') {
                true if heads == 0 => heads = line.matches('|').count(),
                true => assert_eq!(line.matches('|').count(), heads, "{line}"),
                false => heads = 0,
            }
        }
    }
    // All 5,000 are counted, whatever is shown.
    let mut verdict = huge();
    verdict.images.truncate(1);
    let text = comment(&verdict, None);
    let over = verdict.images[0]
        .limits
        .iter()
        .filter(|row| row.state != State::Pass);
    let heads = text.find("| Verdict |").unwrap();
    let shown = text[heads..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .count();
    assert!(
        text.contains(&format!("… and {} more limits", over.count() - shown)),
        "{shown}"
    );
    assert!(shown > 3);
    assert!(text.contains("Not everything fits"));
    assert!(!comment(&fail(), None).contains("Not everything fits"));
}

#[test]
fn nothing_of_strangers_is_markup() {
    let text = comment(&hostile(), None);
    // An address that a message names may be one; it shows where it leads.
    let text = text.replace("<https://evil.example/a>", "");
    // Without what stands in code, which no forge looks into.
    assert_eq!(text.matches('`').count() % 2, 0);
    let bare: String = text.split('`').step_by(2).collect();
    let ours = [
        "!-- imgsize:",
        "details><summary>",
        "summary>",
        "/summary>",
        "/details>",
        "br>",
        "code>",
        "/code>",
    ];
    for (at, _) in bare.match_indices('<') {
        let tag = &bare[at + 1..];
        let known = ours.iter().any(|ours| tag.starts_with(ours));
        assert!(known, "{}", tag.lines().next().unwrap_or_default());
    }
    // An entity is no number of an issue.
    let bare = bare.replace("&#", "&");
    for bad in [
        "@octocat",
        "@org",
        "<script",
        "<img",
        "![",
        "](",
        "](javascript",
        "://evil",
        "www.evil",
        "#1",
        "#2",
        "~~",
        "$x",
    ] {
        assert!(!bare.contains(bad), "{bad}");
    }
    assert_eq!(bare.matches("<!--").count(), 1);
}

#[test]
fn what_is_new_has_no_percent_and_what_shrank_a_word() {
    let text = comment(&fail(), None);
    assert!(!text.contains("100.0 %"), "{text}");
    assert!(text.contains("Lost 2.3 MB, before 0 B: +2.3 MB (new)"));
    let text = comment(&warn(), None);
    assert!(text.contains("**5.0 MB smaller (−4.9 %)**"), "{text}");
    assert!(comment(&pass(), None).contains("new: nothing to compare with"));
}

#[test]
fn a_limit_that_looks_kept_is_shown_to_the_byte() {
    assert!(
        comment(&warn(), None)
            .contains("| 41,000,000\u{a0}B | at\u{a0}most\u{a0}40,999,000\u{a0}B |")
    );
}

#[test]
fn columns_of_nothing_are_left_out() {
    let mut verdict = fail();
    let diff = verdict.images[0].diff.as_mut().unwrap();
    for row in &mut diff.causes {
        for change in [&mut row.bytes]
            .into_iter()
            .chain(row.items.iter_mut().map(|item| &mut item.bytes))
        {
            (change.old.download, change.new.download) = (Bytes(7), Bytes(7));
        }
    }
    (diff.old.download, diff.new.download) = (Bytes(28), Bytes(28));
    let text = comment(&verdict, None);
    assert!(
        text.contains("| What | Change | Before | Now |\n"),
        "{text}"
    );
    assert!(comment(&fail(), None).contains("| What | Change | Before | Now | Download |\n"));
}

#[test]
fn addresses_of_a_message_are_links_that_show_where_they_lead() {
    let text = comment(&fail(), None);
    assert!(
        text.contains(
            "&#35;&#8203;platform first: <https://wiki.example/image-budget?team=shop>**"
        ),
        "{text}"
    );
}
