// A service as those who use coreos/go-systemd write one: it serves HTTP at the sockets
// that it finds, says how it is, reads its settings again on SIGHUP.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

func tell(state string) {
	if heard, err := daemon.SdNotify(false, state); err != nil {
		log.Fatalf("cannot tell %q: %v", state, err)
	} else if !heard {
		log.Printf("nobody wants to hear %q", state)
	}
}

func main() {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Fatal(err)
	}
	var beats <-chan time.Time
	if limit > 0 {
		beats = time.NewTicker(limit / 2).C
	}
	sockets, err := activation.ListenersWithNames()
	if err != nil {
		log.Fatal(err)
	}
	hangs := make(chan os.Signal, 1)
	reload := make(chan os.Signal, 1)
	signal.Notify(hangs, syscall.SIGUSR1)
	signal.Notify(reload, syscall.SIGHUP)
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer release()

	var reloads atomic.Int32
	server := &http.Server{}
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(answer, "%d %d", os.Getpid(), reloads.Load())
	})
	for name, all := range sockets {
		for _, socket := range all {
			log.Printf("serves %s at %s", name, socket.Addr())
			go server.Serve(socket)
		}
	}
	tell(daemon.SdNotifyReady)
	for {
		select {
		case <-beats:
			tell(daemon.SdNotifyWatchdog)
		case <-hangs:
			beats = nil
		case <-reload:
			tell(daemon.SdNotifyReloading)
			reloads.Add(1)
			tell(daemon.SdNotifyReady + "\nSTATUS=settings read again")
		case <-stop.Done():
			tell(daemon.SdNotifyStopping)
			server.Shutdown(context.Background())
			log.Print("stopped")
			return
		}
	}
}
