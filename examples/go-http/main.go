// A web service in plain net/http; nothing in it knows of Outlast.
//
//	go-http [PORT [GREETING]]    without PORT: the variable PORT, else 8643
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	port, greeting := os.Getenv("PORT"), "hello from Go"
	if len(os.Args) > 1 {
		port = os.Args[1]
	} else if port == "" {
		port = "8643"
	}
	if len(os.Args) > 2 {
		greeting = os.Args[2]
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, greeting) })
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })

	server := &http.Server{Addr: "127.0.0.1:" + port}
	stopped := make(chan struct{})
	go func() {
		// SIGTERM on Unix, Ctrl-C on Windows: both are how Outlast asks for the end.
		stop, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer release()
		<-stop.Done()
		// Answers that are on their way are finished; a guardian allows 10 s for that.
		if err := server.Shutdown(context.Background()); err != nil {
			log.Print("answers were cut off: ", err)
		}
		close(stopped)
	}()
	log.Print("listening on http://", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
	log.Print("stopped")
}
