#!/bin/sh
# kernel_symbols_test.sh OBJECT...: the kernel's variants share no function that the linker would merge.
# Each weak symbol must carry its own variant's name (as its Eigen's namespace, or ours); only the pointer to the
# exception handler is common, and it is no code.
set -eu
status=0
for object in "$@"; do
  variant=$(basename "$object" | sed 's/^kernel_\([a-z0-9]*\)\..*/\1/')
  shared=$(nm -C --defined-only "$object" | grep -E '^[0-9a-f]* [WVu] ' | grep -v 'DW\.ref\.__gxx_personality_v0' |
    grep -v -E "ragqueue_eigen_$variant|kernel::$variant" || true)
  if [ -n "$shared" ]; then
    echo "$object defines what another object may replace, or be replaced by:"
    echo "$shared"
    status=1
  fi
done
exit $status
