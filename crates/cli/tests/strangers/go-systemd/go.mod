module outlast.example/go-systemd

go 1.19

require github.com/coreos/go-systemd/v22 v22.3.2

// As Debian's package golang-github-coreos-go-systemd-dev has it: nothing is downloaded.
replace github.com/coreos/go-systemd/v22 => /usr/share/gocode/src/github.com/coreos/go-systemd

replace github.com/godbus/dbus/v5 => /usr/share/gocode/src/github.com/godbus/dbus
