#!/usr/bin/env python3
"""Validates what `imgsize check --out` writes, by readers that know nothing of imgsize.

What comes in is a folder of files: *.sarif, *.junit.xml, *.om, *.md, *.csv. What goes out
is a line a file, and exit code 1 if one is not valid.

    IMGSIZE_VERDICTS=FOLDER cargo test --lib gate::formats
    python3 testdata/gate/validate.py FOLDER [SCHEMA_OF_SARIF]

It needs PyPI's jsonschema, lxml, prometheus_client and cmarkgfm. The schema of SARIF
2.1.0 is not in this repository (OASIS has the rights in it): without a second argument it
is taken from the crate serde-sarif 0.8.0, which `cargo fetch` brings. junit-10.xsd is that
of Jenkins' xunit plugin (MIT, its notice inside), as the tests of pytest carry it.
"""

import csv
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm
import jsonschema
from cmarkgfm.cmark import Options
from lxml import etree, html
from prometheus_client.openmetrics.parser import text_string_to_metric_families

HERE = Path(__file__).resolve().parent


def sarif_schema():
    if len(sys.argv) > 2:
        return json.loads(Path(sys.argv[2]).read_text())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "src").mkdir()
        Path(folder, "src/lib.rs").touch()
        Path(folder, "Cargo.toml").write_text(
            '[package]\nname = "x"\nversion = "0.0.0"\nedition = "2021"\n'
            '[workspace]\n[dependencies]\nserde-sarif = "=0.8.0"\n'
        )
        manifest = ["--manifest-path", f"{folder}/Cargo.toml"]
        subprocess.run(["cargo", "fetch", "-q", *manifest], check=True)
        found = subprocess.run(
            ["cargo", "metadata", "--format-version=1", "--offline", *manifest],
            check=True, capture_output=True, text=True,
        )
        crates = json.loads(found.stdout)["packages"]
        crate = next(c for c in crates if c["name"] == "serde-sarif")
        return json.loads(Path(crate["manifest_path"]).parent.joinpath("src/schema.json").read_text())


def sarif(path, schema=[]):
    if not schema:
        schema.append(jsonschema.validators.validator_for(s := sarif_schema())(s))
    log = json.loads(path.read_text())
    errors = [error.message[:300] for error in schema[0].iter_errors(log)]
    assert not errors, errors[:3]
    return f"{len(log['runs'][0]['results'])} results"


def junit(path):
    schema = etree.XMLSchema(etree.parse(HERE / "junit-10.xsd"))
    tree = etree.parse(path, etree.XMLParser(huge_tree=True))
    schema.assertValid(tree)
    return f"{len(tree.findall('.//testcase'))} cases"


def openmetrics(path):
    families = list(text_string_to_metric_families(path.read_text()))
    assert families
    return f"{sum(len(f.samples) for f in families)} samples in {len(families)} families"


def csv_(path):
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(rows[0])}, "rows of different length"
    bad = [c for r in rows for c in r if re.match(r"[\s]*[=+\-@]", c) and not re.fullmatch(r"-?[\d.]+", c)]
    assert not bad, bad[:3]
    return f"{len(rows)} rows"


def markdown(path):
    """As GitHub renders it before it cleans it: nothing but our own elements is in it."""
    text = path.read_text()
    assert len(text) < 65_000, len(text)
    page = cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    tree = html.fromstring(f"<div>{page}</div>")
    ours = "div h3 h4 p br hr strong em code details summary table thead tbody tr th td ol li a".split()
    tags = {e.tag for e in tree.iter() if isinstance(e.tag, str)}
    assert tags <= set(ours), tags - set(ours)
    for link in tree.iter("a"):
        assert link.get("href") == link.text_content(), (link.get("href"), link.text_content())
        assert link.get("href").startswith("https://"), link.get("href")
    assert sum(1 for e in tree.iter() if e.tag is etree.Comment) == 1
    for row in tree.iter("tr"):
        assert len(row) == len(row.getparent().getparent().find(".//tr")), html.tostring(row)
    assert all("details" in [a.tag for a in s.iterancestors()] for s in tree.iter("summary"))
    # A forge looks for people and issues in what is not code.
    for code in list(tree.iter("code", "a")):
        code.text, code[:] = "", []
    bare = tree.text_content()
    found = re.search(r"@[A-Za-z0-9]|#\d", bare)
    assert not found, bare[found.start() - 40 : found.end() + 40]
    return f"{len(text)} characters"


CHECKS = {
    "*.sarif": sarif,
    "*.junit.xml": junit,
    "*.om": openmetrics,
    "*.csv": csv_,
    "*.md": markdown,
}


def main():
    passed = failed = 0
    for pattern, check in CHECKS.items():
        for name in sorted(glob.glob(os.path.join(sys.argv[1], pattern))):
            try:
                print(f"ok   {name}: {check(Path(name))}")
                passed += 1
            except Exception as error:  # Whatever a reader says is a fault of ours.
                print(f"FAIL {name}: {type(error).__name__}: {str(error)[:400]}")
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
