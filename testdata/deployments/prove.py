#!/usr/bin/env python3
"""Follows one rule's advice in an image's Dockerfile, builds the image again with Docker,
and says what was promised and what was achieved, in stored and in download bytes.

    prove.py IMGSIZE OUT NAME RULE [DOCKERFILE]

IMGSIZE is the program, OUT the folder where build.sh wrote NAME.tar. Without DOCKERFILE,
which was changed by hand, the edit is that of `report --dockerfile … --diff`.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def recipe(name):
    """The folder and the Dockerfile of an image, as build.sh lists them."""
    for line in open(f"{HERE}/build.sh", encoding="utf-8"):
        words = line.split()
        if len(words) == 3 and words[0] == name:
            return f"{HERE}/{words[1]}", words[2]
    sys.exit(f"no image {name}")


def report(imgsize, archive):
    """What imgsize says of an archive."""
    done = subprocess.run([imgsize, "report", "-q", "--no-cache", "--json", archive], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main():
    imgsize, out, name, rule = sys.argv[1:5]
    folder, file = recipe(name)
    archive = f"{out}/{name}.tar"
    before = report(imgsize, archive)
    with tempfile.TemporaryDirectory() as work:
        changed = f"{work}/{name}.Dockerfile"
        if len(sys.argv) > 5:
            shutil.copy(sys.argv[5], changed)
        else:
            shutil.copy(f"{folder}/{file}", f"{work}/Dockerfile")
            diff = subprocess.run(
                [imgsize, "report", "--no-cache", archive, "--dockerfile", "Dockerfile", "--diff", "--fix", rule],
                check=True, stdout=subprocess.PIPE, cwd=work,
            ).stdout
            subprocess.run(["git", "apply"], input=diff, check=True, cwd=work)
            os.rename(f"{work}/Dockerfile", changed)
        subprocess.run([f"{HERE}/build.sh", work, name], check=True, env=dict(os.environ, DOCKERFILES=work))
        after = report(imgsize, f"{work}/{name}.tar")
    for measure in ("stored", "download"):
        promised = sum(row["saves"][measure] for row in before["findings"] if row["rule"] == rule)
        achieved = before["totals"][measure] - after["totals"][measure]
        print(f"{name} {rule} {measure}: promised {promised}, achieved {achieved} ({achieved - promised:+d})")


if __name__ == "__main__":
    main()
