#!/bin/sh
set -e
# An option, or a word that is no command, is meant for node.
case "$1" in
  -*) set -- node "$@" ;;
  *) if [ -n "$1" ] && ! command -v "$1" >/dev/null; then set -- node "$@"; fi ;;
esac
exec "$@"
