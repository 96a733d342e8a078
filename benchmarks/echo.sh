#!/bin/sh
# Compares an echo server on Millrace with one on java.nio: benchmarks/echo.sh [OPTION VALUE]...,
# --help tells the options. Builds what is missing or older than its sources; needs gcc and taskset.
#   MILLRACE_JAVA_HOME  the JDK to use (22 or newer) instead of the one found
set -eu

program=benchmarks/echo.sh
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
. "$root/tools/launch.sh"

command -v taskset >/dev/null || fail "taskset is needed to bind processes to CPUs: install util-linux"

find_java
dependencies='proactor timers uring-bindings' build_when_stale benchmarks

source=$root/benchmarks/src/main/c/echo_load.c
load=$root/benchmarks/target/echo_load
if [ -z "$(find "$load" -newer "$source" 2>/dev/null)" ]; then
  command -v gcc >/dev/null || fail "gcc is needed to compile the load generator"
  gcc -std=c11 -O2 -Wall -Wextra -o "$load" "$source"
fi

exec "$java_home/bin/java" -cp "$root/benchmarks/target/launch/jars/*" \
  millrace.benchmarks.echo.EchoComparison \
  --linker-options "$linker_options" --load-program "$load" --csv "$root/benchmarks/target/echo.csv" "$@"
