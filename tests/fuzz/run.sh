#!/usr/bin/env bash
# tests/fuzz/run.sh SECONDS [TARGET...]: builds the fuzz targets with clang, and runs each, or those named, for so long.
# What it finds is left in build/fuzz/found. Ends with 77, and says so, where clang or libFuzzer is not there.
set -euo pipefail

seconds=$1
shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build/fuzz
cd "$root"

not_checked() {
  echo "NOT CHECKED: nothing is fuzzed: $*" >&2
  exit 77
}

# Debian 12 has 14, Debian 13 has 19.
compiler=
for name in clang++-14 clang++-19 clang++; do
  if command -v "$name" >/dev/null; then compiler=$name && break; fi
done
[[ -n $compiler ]] || not_checked "there is no clang++"
[[ -e $("$compiler" -print-file-name=libclang_rt.fuzzer-x86_64.a) ||
   -n $(find "$("$compiler" -print-resource-dir)" -name 'libclang_rt.fuzzer*.a' -print -quit) ]] ||
  not_checked "$compiler has no libFuzzer: install libclang-rt-*-dev of its release"

cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug -DRAGQUEUE_BUILD_APPS=OFF \
  -DRAGQUEUE_BUILD_FUZZERS=ON >"$build.log" 2>&1 || { cat "$build.log" >&2; exit 1; }
cmake --build "$build" --target fuzz --parallel "$(nproc)"

targets=("$@")
if ((${#targets[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
for target in "${targets[@]}"; do
  echo "--- $target, for $seconds seconds"
  mkdir -p "$build/corpus/$target" "$build/found"
  # What earlier runs learnt comes first: that is where new inputs go.
  "$build/bin/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "tests/fuzz/corpus/$target" >"$build/$target.log" 2>&1 ||
    { cat "$build/$target.log" >&2; exit 1; }
  grep --extended-regexp 'number_of_executed_units|average_exec_per_sec|DONE' "$build/$target.log"
done
