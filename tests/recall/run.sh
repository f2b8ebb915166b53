#!/usr/bin/env bash
# tests/recall/run.sh [HELP_DIR] [--table]: recall over GNOME's help pages, with the program of the dev build or RAGQUEUE_RECALL.
# HELP_DIR is usr/share/help/C of the unpacked Debian package gnome-user-docs; without it, the package is downloaded.
# Ends with 77 where it cannot be had.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

help_dir=
if [[ ${1:-} && $1 != --* ]]; then
  help_dir=$(realpath "$1")
  shift
else
  cd "$scratch"
  apt-get --quiet=2 --option APT::Sandbox::User=root download gnome-user-docs || {
    echo "NOT CHECKED: the help pages cannot be downloaded here" >&2
    exit 77
  }
  dpkg-deb --extract gnome-user-docs_*.deb .
  help_dir=$scratch/usr/share/help/C
fi
python3 -B "$root/examples/quickstart/pages.py" "$help_dir" >"$scratch/pages.jsonl"
"${RAGQUEUE_RECALL:-$root/build/dev/bin/ragqueue_recall}" "$scratch/pages.jsonl" "$@"
