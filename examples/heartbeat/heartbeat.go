// Tells its guardian how it is, with nothing but the standard library.
//
//	go build heartbeat.go && ./heartbeat
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tell sends lines to whoever has started this program, if they want to hear of it.
func tell(lines ...string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	message := strings.Join(lines, "\n")
	if err := send(name, []byte(message)); err != nil {
		log.Printf("cannot tell %q: %v", message, err)
	}
}

func send(name string, message []byte) error {
	if strings.HasPrefix(name, `\\.\pipe\`) {
		pipe, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer pipe.Close()
		_, err = pipe.Write(message)
		return err
	}
	// net knows that a name with @ is not in any folder.
	socket, err := net.Dial("unixgram", name)
	if err != nil {
		return err
	}
	defer socket.Close()
	_, err = socket.Write(message)
	return err
}

// beats ticks twice as often as it has to: one beat may be late. Without a watchdog it never does.
func beats() <-chan time.Time {
	limit, err := strconv.Atoi(os.Getenv("WATCHDOG_USEC"))
	if err != nil || limit <= 0 {
		return nil
	}
	return time.NewTicker(time.Duration(limit) * time.Microsecond / 2).C
}

func main() {
	stop, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()

	tell("READY=1", "STATUS=at work")
	log.Print("at work")
	for beat := beats(); ; {
		// The loop that does the work beats, so that a hang in it is a missed beat.
		select {
		case <-beat:
			tell("WATCHDOG=1")
		case <-stop.Done():
			tell("STOPPING=1", "STATUS=tidying up")
			log.Print("stopped")
			return
		}
	}
}
