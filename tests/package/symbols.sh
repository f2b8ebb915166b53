#!/bin/sh
# symbols.sh LIBRARY: the shared library exports what is in namespace ragqueue, and nothing else.
set -eu
exported=$(nm -DC --defined-only "$1")
[ -n "$exported" ] || { echo "$1 exports nothing"; exit 1; }
if echo "$exported" | grep -vE '^[0-9a-f]+ [A-Za-z] ((typeinfo|typeinfo name|vtable) for )?ragqueue::'; then
  echo "^ exported by $1, and not ours"
  exit 1
fi
