#!/bin/sh
# Measures how late timers fire, in a wheel, a heap and the kernel, on an idle loop and under an echo
# load: benchmarks/jitter.sh [OPTION VALUE]..., --help tells the options. Builds what is missing or
# older than its sources; needs gcc and taskset.
#   MILLRACE_JAVA_HOME  the JDK to use (22 or newer) instead of the one found
#   MILLRACE_JITTER_CPU the CPU that the JVM is bound to (0), empty for any
set -eu

program=benchmarks/jitter.sh
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

cpu=${MILLRACE_JITTER_CPU-0}
# shellcheck disable=SC2086 # Several options; several words or none.
exec ${cpu:+taskset --cpu-list "$cpu"} \
  "$java_home/bin/java" --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true \
  -Xms256m -Xmx256m -XX:+UseSerialGC $linker_options \
  -cp "$root/benchmarks/target/launch/jars/*" \
  millrace.benchmarks.jitter.TimerJitter --load-program "$load" \
  --csv "$root/benchmarks/target/jitter.csv" --png "$root/benchmarks/target/jitter.png" "$@"
