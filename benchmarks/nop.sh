#!/bin/sh
# Compares rounds of NOPs through Ring with the same rounds in C: benchmarks/nop.sh [OPTION VALUE]...,
# --help tells the options. Builds what is missing or older than its sources; needs gcc and taskset.
#   MILLRACE_JAVA_HOME  the JDK to use (22 or newer) instead of the one found
#   MILLRACE_CPU        the CPU that all of it is bound to; the last one when not set
set -eu

program=benchmarks/nop.sh
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
. "$root/tools/launch.sh"

command -v taskset >/dev/null || fail "taskset is needed to bind processes to a CPU: install util-linux"

find_java
dependencies='proactor timers uring-bindings' build_when_stale benchmarks

source=$root/benchmarks/src/main/c/nop_rounds.c
rounds=$root/benchmarks/target/nop_rounds
if [ -z "$(find "$rounds" -newer "$source" 2>/dev/null)" ]; then
  command -v gcc >/dev/null || fail "gcc is needed to compile the rounds in C"
  gcc -std=gnu11 -O2 -Wall -Wextra -o "$rounds" "$source"
fi

unsafe=''
[ "$(java_feature "$java_home")" -lt 24 ] || unsafe=--sun-misc-unsafe-memory-access=allow

# JMH starts its forks with the options of this JVM, and they inherit its CPU.
# shellcheck disable=SC2086 # One option or none; several options.
exec taskset -c "${MILLRACE_CPU:-$(($(nproc --all) - 1))}" \
  "$java_home/bin/java" --enable-native-access=ALL-UNNAMED $unsafe $linker_options ${MILLRACE_JAVA_OPTS:-} \
  -cp "$root/benchmarks/target/launch/jars/*" millrace.benchmarks.NopComparison \
  --c-program "$rounds" --csv "$root/benchmarks/target/nop.csv" "$@"
