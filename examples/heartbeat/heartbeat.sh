#!/bin/sh
# Tells its guardian how it is, by systemd's own tool: a shell has no sockets.
#
#   sh heartbeat.sh

# systemd-notify waits until what it says has been heard; who ends before that is not believed.
tell() {
    if [ -n "${NOTIFY_SOCKET-}" ]; then
        systemd-notify "$@"
    fi
}

stop() {
    tell STOPPING=1 'STATUS=tidying up'
    kill "$beat" 2>/dev/null
    echo stopped
    exit 0
}
beat=
trap stop TERM INT

tell READY=1 'STATUS=at work'
echo 'at work'
# Twice as often as it has to be, in whole seconds: one beat may be late.
seconds=$((${WATCHDOG_USEC:-120000000} / 2000000))
while :; do
    # The loop that does the work beats, so that a hang in it is a missed beat.
    # A trap waits for a command, but not for `wait`.
    sleep "$((seconds > 0 ? seconds : 1))" &
    beat=$!
    wait "$beat"
    tell WATCHDOG=1
done
