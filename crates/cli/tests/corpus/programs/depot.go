// A small depot in Go that goes wrong in the way its first argument names.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

type item struct {
	name  string
	count int
}

type depot struct {
	mutex sync.Mutex
	items map[string]*item
}

func (d *depot) take(name string) int {
	found := d.items[name]
	return found.count
}

func recurse(level int) int {
	var frame [512]byte
	frame[level%512] = 1
	return recurse(level+1) + int(frame[3])
}

func write(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	page := make([]byte, 1<<16)
	for {
		if _, err := file.Write(page); err != nil {
			return fmt.Errorf("flush: %w", err)
		}
	}
}

func eat() {
	var kept [][]byte
	for {
		page := make([]byte, 1<<20)
		for at := range page {
			page[at] = 1
		}
		kept = append(kept, page)
		if len(kept) > 4096 {
			fmt.Println(len(kept))
		}
	}
}

func main() {
	how, first := "", ""
	if len(os.Args) > 1 {
		how = os.Args[1]
	}
	if len(os.Args) > 2 {
		first = os.Args[2]
	}
	d := &depot{items: map[string]*item{}}
	switch how {
	case "panic":
		panic(fmt.Sprintf("stock of %q is negative", "bolts"))
	case "panic-error":
		panic(errors.New("index does not match the data"))
	case "nil":
		fmt.Println(d.take("bolts"))
	case "nil-map":
		var counts map[string]int
		counts["bolts"]++
	case "index":
		shelf := make([]item, 3)
		at, _ := strconv.Atoi(first)
		fmt.Println(shelf[at].name)
	case "writes":
		shared := map[int]int{}
		for worker := 0; worker < 8; worker++ {
			go func() {
				for key := 0; ; key++ {
					shared[key%64] = key
				}
			}()
		}
		time.Sleep(time.Minute)
	case "deadlock":
		d.mutex.Lock()
		d.mutex.Lock()
	case "goroutine":
		go func() { d.take("nuts") }()
		time.Sleep(time.Minute)
	case "recover":
		for number := 0; number < 3; number++ {
			func() {
				defer func() { log.Printf("recovered: %v", recover()) }()
				d.take("nuts")
			}()
		}
		log.Print("goes on")
		time.Sleep(time.Minute)
	case "deep":
		fmt.Println(recurse(0))
	case "channel":
		orders := make(chan int)
		fmt.Println(<-orders)
	case "closed":
		orders := make(chan int)
		close(orders)
		close(orders)
	case "divide":
		fmt.Println(7 / len(first))
	case "log-panic":
		log.Panicf("no shelf %d", 9)
	case "assert":
		var found interface{} = "bolts"
		fmt.Println(found.(int))
	case "wait":
		fmt.Println("waiting")
		time.Sleep(time.Hour)
	case "huge":
		page := make([]byte, 1<<40)
		fmt.Println(len(page))
	case "exit":
		fmt.Fprintln(os.Stderr, "depot: cannot agree on a leader, leaving")
		os.Exit(3)
	case "env":
		url := os.Getenv("DEPOT_DATABASE_URL")
		if url == "" {
			log.Fatal("environment variable DEPOT_DATABASE_URL is not set")
		}
	case "serve":
		log.Fatal(http.ListenAndServe(first, nil))
	case "ask":
		_, err := net.Dial("tcp", first)
		if err != nil {
			log.Fatalf("cannot reach the registry: %v", err)
		}
	case "resolve":
		_, err := http.Get("http://" + first + "/items")
		log.Fatal(err)
	case "tls":
		_, err := http.Get("https://" + first + "/")
		if err != nil {
			log.Fatal(err)
		}
	case "fill":
		if err := write(first); err != nil {
			log.Fatal(err)
		}
	case "read":
		file, err := os.Open(first)
		if err != nil {
			log.Fatal(err)
		}
		_, _ = io.Copy(os.Stdout, file)
	case "open-all":
		for {
			file, err := os.Open("/dev/null")
			if err != nil {
				log.Fatalf("accept: %v", err)
			}
			defer file.Close()
		}
	case "eat":
		eat()
	}
}
