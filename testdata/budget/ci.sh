#!/bin/sh
# What a CI would run: the gate, its JSON and the report in one go, and after that by
# the exit code. Usage: ci.sh IMGSIZE IMAGE [FLAG…]; prints what it made of it.
set -u
imgsize=$1
image=$2
shift 2

"$imgsize" check "$image" "$@" --json --out table=verdict.txt --report-json report.json \
    >verdict.json 2>stderr.txt
code=$?

case $code in
0) echo "merge" ;;
1) echo "do not merge" ;;
2) echo "nobody knows" ;;
*) echo "what is $code?" ;;
esac
# The last line tells the same.
tail -n 1 stderr.txt
exit "$code"
