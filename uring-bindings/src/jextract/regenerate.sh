#!/bin/sh
# Regenerates the package millrace.uring.abi from headers.h and includes.txt.
#
#   usage: regenerate.sh [KERNEL_HEADERS]
#
# KERNEL_HEADERS is the include directory of an unpacked linux-libc-dev (or of `make headers_install`)
# that is new enough for every name in includes.txt. It may also be given in the environment; without
# it the machine's own kernel headers are used. The io_uring headers always come from ./include, where
# the copies stand that AbiTest compiles against.
#
# Needs the libc's headers and a jextract on the PATH, built on libclang 13 or 14: from libclang 16 on
# an anonymous struct has a spelling which jextract takes for a field's name. What is committed was
# made on x86-64 by jextract f9866df, with the headers of Linux 7.3 and glibc 2.36; what differs on
# other architectures is in the class Architecture.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
java=$here/../main/java
kernel_headers=${1:-${KERNEL_HEADERS:-}}

if [ "$(uname -m)" != x86_64 ]; then
  echo "regenerate.sh: the committed bindings are those of x86-64; run it there" >&2
  exit 1
fi
set -- -I "$here/include"
if [ -n "$kernel_headers" ]; then
  set -- "$@" -I "$kernel_headers" -I "$kernel_headers/x86_64-linux-gnu"
fi

jextract "$@" \
  --target-package millrace.uring.abi \
  --header-class-name IoUring \
  --output "$here/../../target/jextract" \
  "@$here/includes.txt" \
  "$here/headers.h"

rm -rf "$java/millrace/uring/abi"
mkdir -p "$java/millrace/uring"
mv "$here/../../target/jextract/millrace/uring/abi" "$java/millrace/uring/abi"
