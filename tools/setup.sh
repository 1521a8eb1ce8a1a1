#!/bin/sh
# Sets up a source tree: dependencies, cell, bundles, the first images. Called by ./wharf and by the tests. Safe to
# interrupt and to start twice at once: the second call waits for the first, and a stamp is written at the very end.
# With --rebuild the build runs again although the stamp is new (it redoes only what changed).
set -u
home=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$home" || exit 1
ready=build/.ready
log=build/setup.log

say() { printf 'wharf: %s\n' "$1" >&2; }

# need COMMAND WHAT-FOR PACKAGES: one sentence with the command that helps.
missing=
need() {
  command -v "$1" >/dev/null 2>&1 && return
  missing=yes
  say "'$1' is needed $2 and was not found; install it with: apt-get install -y $3"
}

check_prerequisites() {
  case "$(uname -s) $(uname -m)" in
  'Linux x86_64' | 'Linux aarch64') ;;
  *)
    say "this machine is $(uname -s) $(uname -m); Wharf runs on Linux x86_64 and aarch64"
    missing=yes
    ;;
  esac
  need node 'to run npm' 'nodejs npm'
  need npm 'to install the dependencies' 'nodejs npm'
  need gcc 'to build cell' 'gcc libc6-dev'
  need make 'to build cell' 'make'
  need flock 'to serialise set-up' 'util-linux'
  if command -v gcc >/dev/null 2>&1 && [ "$(gcc -print-file-name=libc.a)" = libc.a ]; then
    say 'a static C library is needed to build cell and was not found; install it with: apt-get install -y libc6-dev'
    missing=yes
  fi
  [ -z "$missing" ] || exit 1
}

# Somebody who may not write here can use what the owner has built, even if the sources are newer.
check_writable() {
  mkdir -p build 2>/dev/null && [ -w build ] && [ -w . ] && return
  [ -e "$ready" ] && exit 0
  say "set-up writes into $home and may not; run it once as its owner: sudo $home/wharf version"
  exit 1
}

up_to_date() {
  [ -e "$ready" ] && ! [ .git/logs/HEAD -nt "$ready" ]
}

# step TEXT COMMAND…: says one line, keeps the output in the log, shows its end when the command fails.
step() {
  say "$1 …"
  printf '== %s\n' "$1" >>"$log"
  shift
  "$@" >>"$log" 2>&1 </dev/null && return
  tail -n 40 "$log" >&2
  failed "$*"
}

failed() {
  say "set-up failed at: $1 (all output is in $home/$log; call again to retry)"
  exit 1
}

# npm writes its own record last, so an interrupted installation has none or an old one.
installed() {
  [ -e node_modules/.package-lock.json ] && [ -x node_modules/.bin/node ] &&
    ! [ package-lock.json -nt node_modules/.package-lock.json ]
}

check_writable
check_prerequisites
exec 9>build/.lock
if ! flock -n 9; then
  say 'waiting for another set-up of this tree …'
  flock 9
fi
[ "${1:-}" != --rebuild ] && up_to_date && exit 0
# The stamp keeps the time at which the work began: a commit made meanwhile is newer.
rm -f "$ready"
: >build/.started
: >"$log"
installed || step 'installing dependencies' npm ci --include=dev --no-audit --no-fund
"$home/node_modules/.bin/node" tools/build.ts --log "$log" || failed 'tools/build.ts'
mv build/.started "$ready"
