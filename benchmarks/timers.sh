#!/bin/sh
# Compares timer queues: benchmarks/timers.sh TABLE [OPTION VALUE]..., --help tells tables and options.
# Builds what is missing or older than its sources. Each table takes less than four minutes.
#   MILLRACE_JAVA_HOME  the JDK to use (22 or newer) instead of the one found
set -eu

program=benchmarks/timers.sh
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
. "$root/tools/launch.sh"

[ $# -gt 0 ] || set -- --help
table=$1
shift

find_java
dependencies='proactor timers uring-bindings' build_when_stale benchmarks

unsafe=''
[ "$(java_feature "$java_home")" -lt 24 ] || unsafe=--sun-misc-unsafe-memory-access=allow

# JMH starts its forks with the options of this JVM.
# shellcheck disable=SC2086 # One option or none; several options.
exec "$java_home/bin/java" --enable-native-access=ALL-UNNAMED $unsafe $linker_options ${MILLRACE_JAVA_OPTS:-} \
  -cp "$root/benchmarks/target/launch/jars/*" millrace.benchmarks.timers.TimerComparison \
  "$table" --csv "$root/benchmarks/target/timers-$table.csv" "$@"
