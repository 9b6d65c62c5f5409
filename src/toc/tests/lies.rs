//! Tables and blobs that lie, lack something or are damaged.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A table whose rows were changed by `edit`, vouched for by the manifest.
fn edited(text: &str, editor: usize, edit: impl Fn(&mut Vec<Value>)) -> Result<Taken, TocError> {
    let image = remote(&tar(text), |tar| {
        EDITORS[editor](tar, &|table| {
            let mut table: Value = serde_json::from_slice(&table).unwrap();
            edit(table["entries"].as_array_mut().unwrap());
            table.to_string().into_bytes()
        })
    });
    taken(&image)
}

fn row<'t>(rows: &'t mut [Value], name: &str) -> &'t mut Value {
    rows.iter_mut().find(|row| row["name"] == name).unwrap()
}

#[test]
fn a_lying_table_is_not_used() {
    let lies: BTreeMap<&str, fn(&mut Vec<Value>)> = BTreeMap::from([
        (
            "out of the blob",
            (|rows| row(rows, "srv/five")["offset"] = json!(u64::MAX)) as fn(&mut Vec<Value>),
        ),
        ("in the table", |rows| {
            row(rows, "stays.end")["offset"] = json!(299_000)
        }),
        ("negative", |rows| {
            row(rows, "srv/five")["offset"] = json!(-5)
        }),
        ("at the beginning", |rows| {
            row(rows, "srv/five")["offset"] = json!(0)
        }),
        ("overlapping", |rows| {
            let other = row(rows, "srv/large")["offset"].clone();
            row(rows, "wanted/a")["offset"] = other;
        }),
        ("ends before it begins", |rows| {
            row(rows, "srv/five")["endOffset"] = json!(1)
        }),
        ("ends out of the blob", |rows| {
            row(rows, "stays.end")["endOffset"] = json!(u64::MAX)
        }),
        ("out of order", |rows| rows.reverse()),
        ("no name", |rows| {
            row(rows, "srv/five")["name"] = Value::Null
        }),
        ("no type", |rows| {
            row(rows, "srv/five")["type"] = Value::Null
        }),
        ("an unknown type", |rows| {
            row(rows, "srv/five")["type"] = json!("door")
        }),
        ("a chunk of nothing", |rows| {
            rows[0]["type"] = json!("chunk")
        }),
        ("a chunk of another", |rows| {
            rows.iter_mut().find(|row| row["type"] == "chunk").unwrap()["name"] = json!("x");
        }),
        ("a whiteout of nothing", |rows| {
            row(rows, "srv/empty")["name"] = json!(".wh.")
        }),
        ("a digest that is none", |rows| {
            row(rows, "srv/five")["digest"] = json!("sha256:5")
        }),
        ("a bomb", |rows| {
            row(rows, "srv/five")["size"] = json!(1_u64 << 60)
        }),
    ]);
    for (what, lie) in lies {
        for editor in 0..EDITORS.len() {
            match edited(RICH, editor, lie) {
                Ok(Taken::Whole(Some(Oddity::Toc(_)))) => {}
                other => panic!("{what} {editor}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_table_that_does_not_tell_enough_is_not_used_and_not_called_damaged() {
    let poor: [fn(&mut Vec<Value>); 4] = [
        |rows| row(rows, "srv/five")["name"] = json!("caf\u{fffd}"),
        |rows| row(rows, "srv/link")["linkName"] = json!("\u{fffd}"),
        |rows| row(rows, "srv/five")["innerOffset"] = json!(512),
        |rows| {
            let row = row(rows, "srv/large");
            row["digest"] = Value::Null;
        },
    ];
    for lack in poor {
        for editor in 0..EDITORS.len() {
            let taken = edited(RICH, editor, lack);
            assert!(matches!(taken, Ok(Taken::Whole(None))), "{taken:?}");
        }
    }
}

#[test]
fn a_content_that_is_not_what_the_table_says_is_an_error() {
    let lies: [fn(&mut Vec<Value>); 4] = [
        |rows| row(rows, "wanted/a")["digest"] = json!(Digest::sha256(b"x").to_string()),
        |rows| row(rows, "wanted/a")["size"] = json!(11),
        |rows| row(rows, "wanted/b")["size"] = json!(2_000_000),
        |rows| {
            let row = row(rows, "wanted/a");
            row["offset"] = json!(row["offset"].as_u64().unwrap() + 1);
        },
    ];
    for (no, lie) in lies.into_iter().enumerate() {
        for editor in 0..EDITORS.len() {
            match edited(RICH, editor, lie) {
                Err(TocError::Layer(error @ LayerError::Content(_))) => {
                    assert!(error.to_string().contains("wanted/"), "{error}");
                }
                other => panic!("{no} {editor}: {other:?}"),
            }
        }
    }
}

#[test]
fn nothing_is_believed_that_nobody_vouches_for() {
    let other = Digest::sha256(b"another table");
    for make in MAKERS {
        let mut image = remote(&tar(RICH), make);
        let promise = image.info.layers[0].toc.as_mut().unwrap();
        let (TocPromise::Stargz { digest } | TocPromise::ZstdChunked { digest, .. }) = promise;
        *digest = other;
        assert!(matches!(
            taken(&image),
            Ok(Taken::Whole(Some(Oddity::Toc(_))))
        ));
    }
    // The promise of one format in a blob of the other, and in one that has no table.
    let promises = MAKERS.map(|make| make(&tar(RICH)).1);
    for blob in [estargz(&tar(RICH)).0, zstd_chunked(&tar(RICH)).0, tar(RICH)] {
        for promise in &promises {
            let image = remote(&tar(RICH), |_| (blob.clone(), promise.clone()));
            let right = matches!(taken(&image), Ok(Taken::Layer(_)));
            let why = match taken(&image) {
                Ok(Taken::Whole(why)) => why.is_some(),
                _ => right,
            };
            assert!(why);
        }
    }
}

#[test]
fn a_blob_that_is_damaged_is_an_error_or_read_whole() {
    for make in MAKERS {
        let mut image = remote(&tar(RICH), make);
        let good = facts(&by_table(&image));
        let blob = image.blobs[0].to_vec();
        let step = blob.len() / 400;
        for at in (0..blob.len())
            .step_by(step)
            .chain(blob.len() - 300..blob.len())
        {
            let mut wrong = blob.clone();
            wrong[at] ^= 1 << (at % 8);
            image.blobs[0] = Arc::new(wrong);
            match taken(&image) {
                Ok(Taken::Layer(layer)) => {
                    law(&layer);
                    assert!(facts(&layer) == good, "a flip at {at} changed the layer");
                }
                Ok(Taken::Whole(_)) | Err(TocError::Layer(_)) => {}
                other => panic!("{at}: {other:?}"),
            }
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(|number| json!(number)),
        (0_u64..300_000).prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        Just(Value::Null),
        Just(json!("reg")),
        Just(json!("chunk")),
        Just(json!("dir")),
        Just(json!({})),
        "[a-z./]{0,12}".prop_map(|text| json!(text)),
    ]
}

/// A change to one field of one row.
fn change() -> impl Strategy<Value = (usize, &'static str, Value)> {
    let fields = [
        "name",
        "type",
        "size",
        "offset",
        "endOffset",
        "chunkSize",
        "digest",
        "chunkDigest",
        "linkName",
        "mode",
        "uid",
        "modtime",
        "innerOffset",
        "chunkOffset",
    ];
    (
        any::<prop::sample::Index>(),
        prop::sample::select(fields.to_vec()),
        value(),
    )
        .prop_map(|(row, field, value)| (row.index(1000), field, value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_table_with_random_lies_keeps_the_law_or_is_not_used(
        changes in prop::collection::vec(change(), 1..4),
        editor in 0_usize..2,
    ) {
        let taken = edited(RICH, editor, |rows| {
            for (no, field, value) in &changes {
                let no = no % rows.len();
                rows[no][*field] = value.clone();
            }
        });
        if let Ok(Taken::Layer(layer)) = taken {
            law(&layer);
        }
    }

    #[test]
    fn a_table_of_noise_is_not_used(
        at in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 1..20),
        editor in 0_usize..2,
    ) {
        let image = remote(&tar(RICH), |tar| {
            EDITORS[editor](tar, &|mut table| {
                let at = at.index(table.len());
                let end = (at + noise.len()).min(table.len());
                table.splice(at..end, noise.iter().copied());
                table
            })
        });
        if let Ok(Taken::Layer(layer)) = taken(&image) {
            law(&layer);
        }
    }
}
