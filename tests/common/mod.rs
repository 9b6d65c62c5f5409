//! What several test programs need.

use serde_json::Value;

/// The sums that always hold.
pub(crate) fn law(what: &str, report: &Value) {
    // Wider than any sum of sizes: one that overflows would look right.
    let number = |value: &Value| u128::from(value.as_u64().unwrap());
    let sum = |rows: &str, field: &str| -> u128 {
        report[rows]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| number(&row[field]))
            .sum()
    };
    let totals = &report["totals"];
    assert_eq!(
        number(&totals["stored"]),
        number(&totals["live"]) + number(&totals["lost"]),
        "{what}"
    );
    for (rows, field, total) in [
        ("categories", "live", "live"),
        ("categories", "lost", "lost"),
        ("categories", "files", "files"),
        ("layers", "stored", "stored"),
        ("layers", "live", "live"),
        ("layers", "lost", "lost"),
        ("layers", "download", "download"),
        ("layers", "overhead", "overhead"),
        ("lost", "bytes", "lost"),
    ] {
        assert_eq!(
            sum(rows, field),
            number(&totals[total]),
            "{what}: {rows} {field}"
        );
    }
    let download = sum("categories", "download")
        + sum("categories", "download_lost")
        + number(&totals["download_overhead"]);
    assert_eq!(download, number(&totals["download"]), "{what}: download");
    for field in ["live", "lost"] {
        let owners = sum("packages", field) + sum("places", field);
        assert_eq!(owners, number(&totals[field]), "{what}: owners' {field}");
    }
}

/// Takes fields out of all rows.
#[allow(dead_code, reason = "not every test program compares reports")]
pub(crate) fn forget(rows: &mut Value, fields: &[&str]) {
    for row in rows.as_array_mut().unwrap() {
        fields.iter().for_each(|field| drop(row[*field].take()));
    }
}
