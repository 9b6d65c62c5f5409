#!/bin/sh
set -e
# An option, or a word that is no command, is meant for bun.
case "$1" in
  -*) set -- bun "$@" ;;
  *) if [ -n "$1" ] && ! command -v "$1" >/dev/null; then set -- bun "$@"; fi ;;
esac
exec "$@"
