#!/bin/sh
# headers.sh DIRECTORY: the public headers include the standard library and each other, nothing else.
set -eu
if grep -rnE '^ *# *include' "$1" | grep -vE '#include (<[a-z_]+>|"ragqueue/[a-z_/]+\.hpp")$'; then
  echo "^ a third party's header in a public header"
  exit 1
fi
