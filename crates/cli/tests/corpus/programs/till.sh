#!/bin/sh
# A small till as a shell script that goes wrong in the way its first argument names.
case "$1" in
unset) set -u; echo "using $TILL_DRAWER" ;;
required) : "${TILL_DRAWER:?environment variable TILL_DRAWER must be set}" ;;
missing) till-drawer --open ;;
code) exit "$2" ;;
child) "$2" null ;;
kill-child) sh -c 'kill -KILL $$' ;;
write) echo 1 > "$2" || exit 1 ;;
cat) cat "$2" ;;
usage) sort --no-such-flag < /dev/null ;;
fork) while :; do sleep 60 & done ;;
big) ulimit -f 1; exec dd if=/dev/zero of="$2" bs=64k count=64 2>&1 ;;
time) ulimit -t 1; exec "$2" spin ;;
time-soft) ulimit -St 1; exec "$2" spin ;;
limit-memory) ulimit -v 300000; exec python3 "$2" memory ;;
quiet) exit 1 ;;
syntax) eval 'if true; then' ;;
timeout) exec timeout 1 sleep 60 ;;
curl) exec curl -sS "$2" ;;
usr1) kill -USR1 $$ ;;
set-e) set -e; mkdir "$2/till/drawer" ;;
code-with-words) echo "till: the drawer is stuck" >&2; exit "$2" ;;
tar) exec tar -xf "$2" ;;
*) echo "till: what shall I do?" >&2; exit 2 ;;
esac
