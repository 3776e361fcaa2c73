# daemon(8) keeps its files locked as long as it runs, so that no number of
# somebody else's process is taken for its own.
service_pid() {
	[ -e "$1" ] && pgrep -L -F "$1"
}

service_status() {
	if service_pid "$supervisor_file" >/dev/null; then
		echo "$name is running as pid $(service_pid "$program_file")."
	else
		echo "$name is not running."
		return 1
	fi
}

service_stop() {
	supervisor=$(service_pid "$supervisor_file") || return 0
	kill -TERM "$supervisor"
	pwait -t "${stop_timeout}s" "$supervisor" && return 0
	# The supervisor first: it would start the program again.
	program=$(service_pid "$program_file")
	# shellcheck disable=SC2086
	kill -KILL "$supervisor" $program
	pwait -t 5s "$supervisor"
	return 0
}

start_cmd=service_start
stop_cmd=service_stop
status_cmd=service_status

run_rc_command "$1"
