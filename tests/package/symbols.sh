#!/bin/sh
# symbols.sh LIBRARY...: each shared library exports what is in namespace ragqueue, and nothing else.
set -eu
for library in "$@"; do
  exported=$(nm -DC --defined-only "$library")
  [ -n "$exported" ] || { echo "$library exports nothing"; exit 1; }
  if echo "$exported" | grep -vE '^[0-9a-f]+ [A-Za-z] ((typeinfo|typeinfo name|vtable) for )?ragqueue::'; then
    echo "^ exported by $library, and not ours"
    exit 1
  fi
done
