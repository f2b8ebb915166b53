#!/bin/sh
# headers.sh DIRECTORY CXX: what holds of the public headers, as text.
set -eu
headers=$1/ragqueue

if grep -rnE '^ *# *include' "$1" | grep -vE '#include (<[a-z_]+>|"ragqueue/[a-z_/]+\.hpp")$'; then
  echo "^ a third party's header in a public header"
  exit 1
fi

if grep -rlE '// .*(Throws|Error)' "$1" --include='*.hpp' | grep -v '/error\.hpp$' |
   xargs grep -LF '#include "ragqueue/error.hpp"' | grep .; then
  echo "^ tells what it throws, and does not include it"
  exit 1
fi

for header in "$headers"/*.hpp; do
  name=ragqueue/$(basename "$header")
  [ "$name" = ragqueue/ragqueue.hpp ] || grep -qF "#include \"$name\"" "$headers/ragqueue.hpp" ||
    { echo "ragqueue/ragqueue.hpp lacks $name"; exit 1; }
done

# Before anything else that an older language does not know.
said=$(echo '#include "ragqueue/ragqueue.hpp"' | LC_ALL=C "$2" -std=c++17 -I "$1" -fsyntax-only -x c++ - 2>&1 | grep -m 1 'error:')
case $said in
  *'ragqueue needs C++20'*) ;;
  *) echo "C++17 is told: $said"; exit 1 ;;
esac
