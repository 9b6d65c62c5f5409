//! Verdicts made by hand.

mod compared;

use crate::diff::*;
use crate::gate::*;
use crate::report::{AdviceRow, FindingRow, Saving, Totals};
use crate::units::Bytes;
use compared::*;

/// Makes a verdict.
type Make = fn() -> Verdict;

/// All of them, by name.
pub(super) const VERDICTS: &[(&str, Make)] = &[
    ("pass", pass),
    ("warn", warn),
    ("fail", fail),
    ("several", several),
    ("hostile", hostile),
    ("huge", huge),
];

/// What a stranger may call an image, a package, a path or an instruction.
pub(super) const HOSTILE: &[&str] = &[
    "a|b\\|c",
    "`tick` ``two`` `",
    "<script>alert(1)</script>",
    "</details><img src=x onerror=alert(1)>",
    "@octocat and @org/team, me@example.com",
    "line\nbreak\r\n::error::injected\n\nverdict=pass",
    "bidi \u{202e}txt.exe\u{202c} zero\u{200b}width",
    "![image](https://evil.example/x.png) [link](javascript:alert(1))",
    "https://evil.example/a www.evil.example",
    "--> <!-- imgsize:other -->",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "\t=1",
    "-2+3",
    "#1 fixes #2 GH-3",
    "EOF\nIMGSIZE_END\ntotal=0\nIMGSIZE_END_",
    "100%0A::error::x",
    "\u{1b}[31mred\u{0}\u{fffe}\u{ffff}",
    "## heading\n\n- list\n\n| a | b |\n| - | - |",
    "\"quoted\" 'single' & ampersand &lt; ]]>",
    "$x^2$ **bold** _under_ ~~gone~~ :smile:",
    "trailing backslash \\",
    "",
    "   ",
];

fn totals(stored: u64, lost: u64, download: u64) -> Totals {
    Totals {
        stored: Bytes(stored),
        live: Bytes(stored - lost),
        lost: Bytes(lost),
        download: Bytes(download),
        files: 4321,
        ..Totals::default()
    }
}

fn limit(id: &str, title: &str, actual: f64, most: f64) -> LimitRow {
    LimitRow {
        id: id.to_owned(),
        title: title.to_owned(),
        unit: Unit::Bytes,
        level: Level::Fail,
        state: State::Pass,
        actual,
        limit: Some(most),
        least: false,
        baseline: None,
        growth: None,
        growth_percent: None,
        reason: String::new(),
        code: String::new(),
        message: None,
        because: Vec::new(),
        layer: None,
        line: Some(3),
    }
}

fn limits() -> Vec<LimitRow> {
    vec![
        limit("total", "total (stored)", 98_000_000.0, 120_000_000.0),
        limit("download", "download", 41_000_000.0, 60_000_000.0),
        LimitRow {
            unit: Unit::Share,
            least: true,
            line: Some(5),
            ..limit("efficiency", "efficiency", 0.987, 0.95)
        },
        LimitRow {
            unit: Unit::Count,
            line: Some(6),
            ..limit("layers", "number of layers", 7.0, 12.0)
        },
    ]
}

fn image(name: &str) -> Checked {
    Checked {
        name: name.to_owned(),
        source: format!("archive:{}", name.replace([':', '/'], "-")),
        digest: Some(format!("sha256:{}", "0123456789abcdef".repeat(4))),
        platform: Some("linux/amd64".to_owned()),
        state: State::Pass,
        totals: totals(98_000_000, 1_200_000, 41_000_000),
        baseline: None,
        limits: limits(),
        diff: None,
        advice: Vec::new(),
        savings: AdviceRow::default(),
    }
}

fn of(images: Vec<Checked>) -> Verdict {
    Verdict {
        schema: 1,
        state: images
            .iter()
            .map(|image| image.state)
            .max()
            .unwrap_or_default(),
        budget: "imgsize.toml".to_owned(),
        images,
    }
}

/// Nothing to compare with, nothing over.
pub(super) fn pass() -> Verdict {
    of(vec![image("registry.example:5000/shop/api:1.4.2")])
}

/// A limit that only warns, by flags alone; smaller than before.
pub(super) fn warn() -> Verdict {
    let mut image = image("shop/api:1.4.2");
    image.state = State::Warn;
    image.baseline = Some(Baseline {
        kind: BaselineKind::Entries,
        name: ".imgsize/baseline.json".to_owned(),
        digest: None,
        totals: Some(totals(103_000_000, 0, 43_000_000)),
    });
    image.limits[1] = LimitRow {
        level: Level::Warn,
        state: State::Warn,
        baseline: Some(41_000_000.0),
        line: None,
        reason: "download is 41.0 MB: 1,000 B over the limit".to_owned(),
        code: "over-limit".to_owned(),
        ..limit("download", "download", 41_000_000.0, 40_999_000.0)
    };
    let mut verdict = of(vec![image]);
    verdict.budget = "flags".to_owned();
    verdict
}

/// Over a limit, over a growth, something forbidden; with a comparison and advice.
pub(super) fn fail() -> Verdict {
    let mut image = image("shop/api:1.4.2");
    image.state = State::Fail;
    let diff = diff();
    image.totals = totals(diff.new.stored.0, 2_300_000, diff.new.download.0);
    image.baseline = Some(Baseline {
        kind: BaselineKind::Image,
        name: "registry:ghcr.io/shop/api:main".to_owned(),
        digest: Some(format!("sha256:{}", "fedcba9876543210".repeat(4))),
        totals: Some(totals(diff.old.stored.0, 0, diff.old.download.0)),
    });
    let (now, then) = (diff.new.stored.0 as f64, diff.old.stored.0 as f64);
    image.limits.splice(
        0..1,
        [
            LimitRow {
                level: Level::Warn,
                state: State::Warn,
                line: Some(9),
                reason: "packages of Python weigh 42.5 MB: over the limit of 40.0 MB".to_owned(),
                code: "over-limit".to_owned(),
                because: ["pip:numpy 2.1.0 (21.5 MB)", "pip:polars 1.8.2 (9.0 MB)"]
                    .map(str::to_owned)
                    .to_vec(),
                ..limit(
                    "category:language-packages",
                    "language packages",
                    42_530_000.0,
                    40_000_000.0,
                )
            },
            LimitRow {
                state: State::Fail,
                baseline: Some(then),
                growth: Some(5_000_000.0),
                growth_percent: Some(5.0),
                reason: format!(
                    "total grew from {then} to {now} bytes: by more than 5.0 MB and 5.0 %"
                ),
                code: "over-growth".to_owned(),
                message: Some(
                    "Ask in #platform first: https://wiki.example/image-budget?team=shop"
                        .to_owned(),
                ),
                because: [
                    "/app/data (28.0 MB)",
                    "pip:polars (9.0 MB)",
                    "pip:numpy (+3.5 MB)",
                    "x",
                ]
                .map(str::to_owned)
                .to_vec(),
                layer: Some(3),
                ..limit("total", "total (stored)", now, 120_000_000.0)
            },
            LimitRow {
                unit: Unit::Count,
                state: State::Fail,
                line: Some(14),
                reason: "no compilers in the final image: 2 found".to_owned(),
                code: "forbidden".to_owned(),
                because: vec!["dpkg:gcc-12".to_owned(), "dpkg:g++-12".to_owned()],
                ..limit("forbid-package:g*", "forbidden packages g*", 2.0, 0.0)
            },
        ],
    );
    image.diff = Some(diff);
    let piece = |rule: &str, title: &str, risk: &str, stored: u64| FindingRow {
        rule: rule.to_owned(),
        title: title.to_owned(),
        risk: risk.to_owned(),
        saves: Saving {
            stored: Bytes(stored),
            download: Bytes(stored / 3),
        },
        ..FindingRow::default()
    };
    image.advice = vec![
        piece(
            "py-tests",
            "Tests of packages are in the image",
            "check",
            6_100_000,
        ),
        piece("py-pyc", "Bytecode beside its source", "safe", 4_200_000),
        piece(
            "apt-lists",
            "Lists of packages are left behind",
            "safe",
            1_900_000,
        ),
    ];
    let saving = |stored: u64| Saving {
        stored: Bytes(stored),
        download: Bytes(stored / 3),
    };
    image.savings = AdviceRow {
        all: saving(12_200_000),
        safe: saving(6_100_000),
    };
    of(vec![image])
}

/// A deployment: one fails, one passes, one is of the same repository; then all together.
pub(super) fn several() -> Verdict {
    let failed = fail().images.remove(0);
    let mut new = image("shop/web:1.4.2");
    new.baseline = Some(Baseline {
        kind: BaselineKind::Report,
        name: "reports/web.json".to_owned(),
        digest: Some("sha256:00".to_owned()),
        totals: Some(totals(98_000_000, 1_200_000, 41_000_000)),
    });
    let worker = image("shop/api:worker");
    let mut all = image("all images");
    (all.digest, all.platform, all.state) = (None, None, State::Fail);
    all.source = "compose.yml".to_owned();
    all.totals = totals(250_000_000, 3_000_000, 100_000_000);
    all.limits = vec![LimitRow {
        state: State::Fail,
        reason: "all images together weigh 250.0 MB: over the limit of 200.0 MB".to_owned(),
        code: "over-limit".to_owned(),
        ..limit("total", "total of all images", 250_000_000.0, 200_000_000.0)
    }];
    of(vec![new, failed, worker, all])
}

/// Every text of it is somebody's attempt.
pub(super) fn hostile() -> Verdict {
    let text = |n: usize| HOSTILE[n % HOSTILE.len()].to_owned();
    let mut images = Vec::new();
    for n in 0..3 {
        let mut image = fail().images.remove(0);
        (image.name, image.source) = (text(n), text(n + 1));
        (image.digest, image.platform) = (Some(text(n + 2)), Some(text(n + 3)));
        if let Some(baseline) = &mut image.baseline {
            (baseline.name, baseline.digest) = (text(n + 4), Some(text(n + 5)));
        }
        let all = || (0..HOSTILE.len()).map(text);
        image.limits = all()
            .enumerate()
            .map(|(at, text)| LimitRow {
                id: text.clone(),
                title: text.clone(),
                state: if at % 2 == 0 {
                    State::Fail
                } else {
                    State::Warn
                },
                code: text.clone(),
                reason: text.clone(),
                message: Some(text.clone()),
                because: vec![text.clone(), text],
                ..limit("", "", f64::MAX, -1.0)
            })
            .collect();
        let mut diff = diff();
        diff.causes = vec![cause(
            CauseKind::App,
            all()
                .map(|text| item(&text, Kind::Upgraded, Some(&text), Some("2"), 10, 20))
                .collect(),
        )];
        diff.layers = all()
            .map(|text| layer(LayerFate::Rebuilt, 1, &text, 1, 2, Some(&text)))
            .collect();
        image.diff = Some(diff);
        for (at, row) in image.advice.iter_mut().enumerate() {
            (row.rule, row.title, row.risk) = (text(at + n), text(at + n + 3), text(at + n + 6));
        }
        images.push(image);
    }
    let mut verdict = of(images);
    verdict.budget = "./bud get/|`,:%<b>.toml".to_owned();
    verdict
}

/// Far more than a comment holds: limits, names, changes, layers, images.
pub(super) fn huge() -> Verdict {
    let mut images = Vec::new();
    for n in 0..12 {
        let mut image = fail().images.remove(0);
        image.name = format!("{}-{n}", "registry.example/team|`".repeat(40));
        image.limits = (0..if n == 0 { 5_000 } else { 20 })
            .map(|at| LimitRow {
                state: [State::Fail, State::Warn, State::Pass][at % 3],
                reason: format!("{} *_[]#@| ", "why ".repeat(60)),
                message: Some("😀 @everyone ".repeat(60)),
                because: vec!["`|".repeat(300); 10],
                ..limit(
                    &format!("{}:{at}", "path|".repeat(100)),
                    &"<title>".repeat(100),
                    at as f64,
                    0.0,
                )
            })
            .collect();
        image.diff = Some(Diff {
            causes: vec![cause(
                CauseKind::App,
                (0..500)
                    .map(|at| {
                        item(
                            &format!("/{}/{at}", "x|`".repeat(100)),
                            Kind::Added,
                            None,
                            None,
                            0,
                            9,
                        )
                    })
                    .collect(),
            )],
            layers: (0..300)
                .map(|at| {
                    layer(
                        LayerFate::Changed,
                        at,
                        &"RUN `|".repeat(90),
                        5,
                        9,
                        Some(&"*".repeat(900)),
                    )
                })
                .collect(),
            ..diff()
        });
        images.push(image);
    }
    of(images)
}
