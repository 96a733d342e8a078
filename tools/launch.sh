# Sourced by the launchers: finds a JDK and builds what is missing or older than its sources.
# The caller sets "root", the checkout's directory, and "program", the name that its messages bear.

readonly least_java=22

# The JDK's linker makes an object per native call unless the JIT inlines this method, and now and then
# the JIT decides not to; "quiet" keeps the JVM from printing the command.
readonly linker_options='-XX:CompileCommand=quiet
  -XX:CompileCommand=inline,jdk.internal.foreign.abi.SharedUtils::checkNative
  -XX:CompileCommand=dontinline,millrace.uring.LoopCalls::*'

fail() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit 1
}

# Prints the feature version of the JDK in directory $1, or 0 when there is none: a Java without a
# compiler can build nothing.
java_feature() {
  if [ ! -x "$1/bin/java" ] || [ ! -x "$1/bin/javac" ]; then
    echo 0
    return
  fi
  if [ -r "$1/release" ]; then
    feature=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
  else
    feature=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  fi
  echo "${feature:-0}"
}

suits() {
  [ -n "$1" ] && [ "$(java_feature "$1")" -ge "$least_java" ]
}

# Prints the home of the "java" on PATH. It may be a version manager's shim: then only it knows.
java_home_on_path() {
  command=$(command -v java) || return 0
  home=$(dirname -- "$(dirname -- "$(readlink -f -- "$command")")")
  if [ ! -r "$home/release" ]; then
    home=$("$command" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
  fi
  echo "$home"
}

# Prints the newest suitable directory among the arguments, or nothing.
newest_java() {
  newest=''
  newest_feature=$((least_java - 1))
  for candidate; do
    feature=$(java_feature "$candidate")
    if [ "$feature" -gt "$newest_feature" ]; then
      newest=$candidate
      newest_feature=$feature
    fi
  done
  echo "$newest"
}

# The environment and the directories where Maven's toolchain discovery looks, too.
java_home_seen_by_maven() {
  variables=$(env | sed -n 's/^JAVA[^=]*_HOME=//p')
  # shellcheck disable=SC2086 # One word each.
  newest_java $variables /usr/lib/jvm/* /usr/java/* /usr/jdk/* /opt/java/* \
    "$HOME"/.jdks/* "$HOME"/.m2/jdks/* "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.gradle/jdks/* "$HOME"/.jenv/versions/* "$HOME"/.jbang/cache/jdks/* \
    "$HOME"/.asdf/installs/java/* "$HOME"/.jabba/jdk/*
}

java_home_elsewhere() {
  newest_java /opt/* /usr/local/* "$HOME"/.local/share/mise/installs/java/*
}

readonly no_java="no JDK $least_java or newer found: install one (a package such as\
 openjdk-25-jdk-headless or temurin-25-jdk), or set JAVA_HOME to one"

# Sets java_home, or ends the program with one line.
find_java() {
  java_home=${MILLRACE_JAVA_HOME:-}
  if [ -n "$java_home" ]; then
    suits "$java_home" || fail "MILLRACE_JAVA_HOME=$java_home is not a JDK $least_java or newer"
    return
  fi
  java_home=${JAVA_HOME:-}
  suits "$java_home" && return
  java_home=$(java_home_on_path)
  suits "$java_home" && return
  java_home=$(java_home_seen_by_maven)
  [ -n "$java_home" ] && return
  java_home=$(java_home_elsewhere)
  [ -n "$java_home" ] || fail "$no_java"
}

# is_stale MODULE SOURCE...: whether a source is newer than the module's last build from here. A
# directory's own time tells of files added, renamed or deleted in it.
is_stale() {
  stamp=$root/$1/target/launch/built
  shift
  [ -e "$stamp" ] || return 0
  for source; do
    [ -z "$(find "$source" -newer "$stamp" -print 2>/dev/null | head -n 1)" ] || return 0
  done
  return 1
}

# build_when_stale MODULE [DEPENDENCY...]: leaves the module's jar and all that it needs at run time
# in MODULE/target/launch/jars.
build_when_stale() {
  module=$1
  set -- "$root/pom.xml"
  for part in "$module" $dependencies; do
    set -- "$@" "$root/$part/pom.xml" "$root/$part/src/main"
  done
  is_stale "$module" "$@" || return 0
  (
    # Of two launchers that start at once, one builds and the other waits and finds it done.
    if command -v flock >/dev/null; then
      flock 9
    fi
    ! is_stale "$module" "$@" || build "$module"
  ) 9<"$root/pom.xml" || exit 1
}

build() {
  launch=$root/$1/target/launch
  command -v mvn >/dev/null || fail "mvn is needed to build: install Maven 3.8 or newer"
  # What changes during the build counts as newer than it.
  if ! mkdir -p "$launch/jars" 2>/dev/null || ! touch "$launch/building" 2>/dev/null; then
    fail "$1 is missing or older than its sources, and cannot be built: $launch is not writable"
  fi
  [ ! -t 2 ] || printf '%s: building %s ...\n' "$program" "$1" >&2
  # Maven itself is content with an older Java, but needs one, and believes JAVA_HOME.
  if [ -n "${JAVA_HOME:-}" ]; then
    [ -x "$JAVA_HOME/bin/java" ] || export JAVA_HOME="$java_home"
  else
    command -v java >/dev/null || export JAVA_HOME="$java_home"
  fi
  # The toolchain discovery reads JAVA*_HOME: it finds this JDK wherever it is.
  if ! env "JAVA$(java_feature "$java_home")_HOME=$java_home" \
    mvn -B -q -f "$root/pom.xml" -pl "$1" -am package -DskipTests \
    >"$launch/log" 2>&1 </dev/null 9<&-; then
    cat "$launch/log" >&2
    fail "the build failed (see above)"
  fi
  # Renamed, not overwritten: a program that runs from the old jars keeps them.
  for jar in "$root/$1"/target/millrace-"$1"-*.jar "$root/$1"/target/dependency/*.jar; do
    case $jar in
      *-tests.jar | *-sources.jar) ;;
      *)
        cp "$jar" "$launch/copying"
        mv -f "$launch/copying" "$launch/jars/${jar##*/}"
        ;;
    esac
  done
  find "$launch/jars" -name '*.jar' ! -newer "$launch/building" -exec rm {} +
  mv -f "$launch/building" "$launch/built"
}
