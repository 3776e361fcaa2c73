umask 022

# When the process was started. Its number alone may be somebody else's by now.
born() {
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	stat=${stat##*) }
	# shellcheck disable=SC2086
	set -- $stat
	echo "${20}"
}

is_running() {
	read -r pid 2>/dev/null <"$pid_file" || return 1
	read -r since 2>/dev/null <"$born_file" || return 1
	[ "$(born "$pid")" = "$since" ]
}

start() {
	is_running && return 0
	rm -f "$pid_file" "$born_file"
	program=$1
	shift
	start-stop-daemon --start --quiet --background --make-pidfile --pidfile "$pid_file" \
		--chdir "$dir" ${user:+--chuid "$user"} --startas "$program" -- "$@" || return 1
	# It is written by the new process.
	n=0
	until [ -s "$pid_file" ] || [ $n -ge 50 ]; do
		sleep 0.1
		n=$((n + 1))
	done
	read -r pid <"$pid_file" && born "$pid" >"$born_file"
}

stop() {
	is_running || return 0
	start-stop-daemon --stop --quiet --retry "TERM/$stop_timeout/KILL/5" --pidfile "$pid_file" || return 1
	rm -f "$pid_file" "$born_file"
}

# As LSB has it: 0 runs, 1 is dead and was not stopped, 3 does not run.
status() {
	is_running && return 0
	[ -e "$pid_file" ] && return 1
	return 3
}

case "$action" in
start) start "$@" ;;
stop) stop ;;
restart | force-reload) stop && start "$@" ;;
status) status ;;
*)
	echo "Usage: $0 {start|stop|restart|force-reload|status}" >&2
	exit 2
	;;
esac
