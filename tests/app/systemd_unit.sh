#!/bin/sh
# systemd_unit.sh PROGRAM UNIT SYSTEMD_ANALYZE: the unit is accepted as it is, but for the program's place, which is this build's.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
sed "s|^ExecStart=[^ ]*|ExecStart=$1|" "$2" > "$directory/rag_worker.service"
complaints=$("$3" verify "$directory/rag_worker.service" 2>&1) || { echo "$complaints"; exit 1; }
# Other units of this machine may be complained of as well.
if echo "$complaints" | grep rag_worker; then exit 1; fi
