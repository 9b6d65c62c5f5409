//! A comparison made by hand, for verdicts that rest on one.

use crate::diff::*;
use crate::report::Saving;
use crate::units::Bytes;

pub(super) fn change(old: u64, new: u64) -> Change {
    let saving = |bytes: u64| Saving {
        stored: Bytes(bytes),
        download: Bytes(bytes * 2 / 5),
    };
    Change {
        old: saving(old),
        new: saving(new),
    }
}

pub(super) fn item(
    name: &str,
    kind: Kind,
    from: Option<&str>,
    to: Option<&str>,
    old: u64,
    new: u64,
) -> ItemRow {
    ItemRow {
        name: name.to_owned(),
        kind,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        bytes: change(old, new),
    }
}

pub(super) fn cause(cause: CauseKind, items: Vec<ItemRow>) -> CauseRow {
    let sum = |side: fn(&ItemRow) -> u64| items.iter().map(side).sum::<u64>();
    CauseRow {
        cause,
        bytes: change(
            sum(|item| item.bytes.old.stored.0),
            sum(|item| item.bytes.new.stored.0),
        ),
        items,
    }
}

pub(super) fn diff_image(name: &str, stored: u64) -> DiffImage {
    DiffImage {
        name: name.to_owned(),
        source: "registry".to_owned(),
        digest: "sha256:feedfacefeedfacefeedface".to_owned(),
        platform: None,
        base: Some("debian:12".to_owned()),
        stored: Bytes(stored),
        live: Bytes(stored),
        lost: Bytes::ZERO,
        download: Bytes(stored * 2 / 5),
    }
}

pub(super) fn layer(
    fate: LayerFate,
    place: usize,
    by: &str,
    old: u64,
    new: u64,
    why: Option<&str>,
) -> LayerChange {
    LayerChange {
        fate,
        old: Some(place),
        new: Some(place),
        created_by: Some(by.to_owned()),
        base: place == 0,
        bytes: change(old, new),
        why: why.map(str::to_owned),
    }
}

pub(super) fn diff() -> Diff {
    use Kind::{Added, Changed, Downgraded, Removed, Same, Upgraded};
    let tests = (0..14).map(|n| {
        item(
            &format!("/app/data/shard-{n:02}.bin"),
            Added,
            None,
            None,
            0,
            2_000_000,
        )
    });
    let causes = vec![
        cause(
            CauseKind::App,
            tests
                .chain([item("the rest", Same, None, None, 4_000_000, 4_000_000)])
                .collect(),
        ),
        cause(
            CauseKind::LanguagePackages,
            vec![
                item(
                    "pip:numpy",
                    Upgraded,
                    Some("1.26.4"),
                    Some("2.1.0"),
                    18_000_000,
                    21_500_000,
                ),
                item("pip:polars", Added, None, Some("1.8.2"), 0, 9_000_000),
                item("pip:pandas", Removed, Some("2.2.2"), None, 5_500_000, 0),
                item(
                    "pip:six",
                    Downgraded,
                    Some("1.17.0"),
                    Some("1.16.0"),
                    33_000,
                    30_000,
                ),
                item("unchanged", Same, None, None, 12_000_000, 12_000_000),
            ],
        ),
        cause(
            CauseKind::Base,
            vec![item(
                "libssl3",
                Changed,
                Some("3.0.13"),
                Some("3.0.13"),
                29_000_000,
                28_900_000,
            )],
        ),
        cause(
            CauseKind::Runtime,
            vec![item(
                "python",
                Same,
                Some("3.12"),
                Some("3.12"),
                30_000_000,
                30_000_000,
            )],
        ),
    ];
    let sum = |new: bool| {
        let side = |row: &CauseRow| {
            if new {
                row.bytes.new.stored.0
            } else {
                row.bytes.old.stored.0
            }
        };
        causes.iter().map(side).sum()
    };
    Diff {
        schema: 1,
        old: diff_image("shop/api:1.4.1", sum(false)),
        new: diff_image("shop/api:1.4.2", sum(true)),
        layers: vec![
            layer(
                LayerFate::Kept,
                0,
                "ADD rootfs.tar /",
                29_000_000,
                29_000_000,
                None,
            ),
            layer(
                LayerFate::Changed,
                1,
                "RUN pip install -r requirements.txt | tee log",
                35_533_000,
                42_530_000,
                None,
            ),
            layer(
                LayerFate::Rebuilt,
                2,
                "RUN python -m compileall /app",
                4_000_000,
                4_000_000,
                Some("the same files: only times differ (set SOURCE_DATE_EPOCH)"),
            ),
            layer(
                LayerFate::Added,
                3,
                "COPY data /app/data",
                0,
                28_000_000,
                None,
            ),
        ],
        causes,
        update: Update {
            layers: 3,
            download: Bytes(29_812_000),
            needless: Bytes(1_600_000),
            plain: 0,
        },
    }
}
