#!/bin/sh
# check_output.sh PROGRAM SOURCE [NAME=VALUE...]: runs PROGRAM with these variables set, and compares what it prints with the
# comment at the end of SOURCE: the lines under `// Output:`, or under `// Output with NAME=VALUE...:`.
set -eu
program=$1 source=$2
shift 2
heading="// Output${*:+ with $*}:"
expected=$(awk -v heading="$heading" '$0 == heading {on = 1; next} !/^\/\/ / {on = 0} on {print substr($0, 4)}' "$source")
actual=$(env "$@" "$program")
if [ "$actual" != "$expected" ]; then
  printf 'expected:\n%s\nprinted:\n%s\n' "$expected" "$actual"
  exit 1
fi
