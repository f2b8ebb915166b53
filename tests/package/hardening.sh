#!/bin/sh
# hardening.sh OPTIMIZED FILE...: the built programs and libraries are hardened. OPTIMIZED is 1 where the compiler's part is due as well.
set -eu
optimized=$1
shift
weak=0

# column NAME COMMAND...: a cell of the table, and the verdict.
column() {
  name=$1
  shift
  if "$@" >/dev/null; then printf ' %s' "$name"; else printf ' NO-%s' "$name"; weak=1; fi
}

is_position_independent() { readelf --file-header --wide "$file" | grep -E 'Type: +DYN'; }
has_closed_stack() { readelf --program-headers --wide "$file" | grep -E 'GNU_STACK.* RW '; }
has_relro() { readelf --program-headers --wide "$file" | grep GNU_RELRO; }
binds_now() { readelf --dynamic --wide "$file" | grep -E 'BIND_NOW|Flags:.* NOW'; }
has_stack_protector() { readelf --dyn-syms --wide "$file" | grep __stack_chk_fail; }
has_fortified_calls() { readelf --dyn-syms --wide "$file" | grep -E ' __[a-z]+_chk(@|$)' | grep -v __stack_chk; }
# An empty entry is the directory that the program happens to be started in.
has_no_empty_runpath() { ! readelf --dynamic --wide "$file" | grep -E '\((RUNPATH|RPATH)\)' | grep -E '\[:|::|:\]|\[\]'; }

for file in "$@"; do
  printf '%s:' "$(basename "$file")"
  column PIE is_position_independent
  column NX has_closed_stack
  column RELRO has_relro
  column BIND_NOW binds_now
  column RUNPATH has_no_empty_runpath
  if [ "$optimized" = 1 ]; then
    column CANARY has_stack_protector
    column FORTIFY has_fortified_calls
  fi
  printf '\n'
done
exit $weak
