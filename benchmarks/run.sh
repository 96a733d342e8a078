#!/bin/sh
# Runs the benchmarks whose names match: benchmarks/run.sh NAME [JMH's arguments]; -l lists them, -h
# tells JMH's arguments. Builds them first when they are missing or older than their sources.
set -eu

program=benchmarks/run.sh
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")
. "$root/tools/launch.sh"

[ $# -gt 0 ] || set -- -l

find_java
dependencies='proactor timers uring-bindings' build_when_stale benchmarks

# JMH uses sun.misc.Unsafe, of which Java 24 and newer warn in each fork.
unsafe=''
[ "$(java_feature "$java_home")" -lt 24 ] || unsafe=--sun-misc-unsafe-memory-access=allow

# shellcheck disable=SC2086 # One option or none; several options.
exec "$java_home/bin/java" --enable-native-access=ALL-UNNAMED $unsafe $linker_options ${MILLRACE_JAVA_OPTS:-} \
  -cp "$root/benchmarks/target/launch/jars/*" org.openjdk.jmh.Main "$@"
