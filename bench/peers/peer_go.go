// The work of ours.cc in Go: goroutines with channels, which are no actors but a yardstick.
//
//	GOMAXPROCS=N peer_go BENCH SIZE
//
// prints "OPERATIONS WALL_NS". Timed from the first message to the last one received.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	ringSize    = 1000
	senders     = 20
	crowd       = 64
	mailboxSize = 64
)

func timed(operations int, work func()) (int, int64) {
	begin := time.Now()
	work()
	return operations, time.Since(begin).Nanoseconds()
}

// A ball goes round `size`.
func ring(size, messages int) (int, int64) {
	over := make(chan bool)
	mailboxes := make([]chan int, size)
	for i := range mailboxes {
		mailboxes[i] = make(chan int, mailboxSize)
	}
	for i := range mailboxes {
		go func(mine, next chan int) {
			for left := range mine {
				if left == 0 {
					over <- true
					return
				}
				next <- left - 1
			}
		}(mailboxes[i], mailboxes[(i+1)%size])
	}
	return timed(messages, func() {
		mailboxes[0] <- messages
		<-over
	})
}

func contend(from, messages int) (int, int64) {
	each := messages / from
	mailbox := make(chan int, mailboxSize)
	over := make(chan bool)
	go func() {
		for i := 0; i < each*from; i++ {
			<-mailbox
		}
		over <- true
	}()
	return timed(each*from, func() {
		for i := 0; i < from; i++ {
			go func() {
				for left := each; left > 0; left-- {
					mailbox <- left
				}
			}()
		}
		<-over
	})
}

func fork(actors int) (int, int64) {
	var left sync.WaitGroup
	left.Add(actors)
	return timed(actors, func() {
		for i := 0; i < actors; i++ {
			mailbox := make(chan int, 1)
			go func() {
				<-mailbox
				left.Done()
			}()
			mailbox <- i
		}
		left.Wait()
	})
}

func ask(asks int) (int, int64) {
	questions := make(chan chan int, mailboxSize)
	go func() {
		answers := 0
		for reply := range questions {
			answers++
			reply <- answers
		}
	}()
	over := make(chan bool)
	return timed(asks, func() {
		go func() {
			for i := 0; i < asks; i++ {
				reply := make(chan int, 1)
				questions <- reply
				<-reply
			}
			over <- true
		}()
		<-over
	})
}

type call struct{ from int } // -1: a pong

func big(messages int) (int, int64) {
	each := messages / crowd / 2
	mailboxes := make([]chan call, crowd)
	for i := range mailboxes {
		mailboxes[i] = make(chan call, 2*crowd)
	}
	var left sync.WaitGroup
	left.Add(crowd)
	begin := make(chan bool)
	for i := range mailboxes {
		go func(me int) {
			seed, pings := int64(1), each
			next := func() {
				if pings == 0 {
					pings--
					left.Done()
					return
				}
				pings--
				seed = (seed*1103515245 + 12345) & 0x7fffffff
				mailboxes[(seed>>8)%crowd] <- call{me}
			}
			<-begin
			next()
			for message := range mailboxes[me] {
				if message.from >= 0 {
					mailboxes[message.from] <- call{-1}
				} else {
					next()
				}
			}
		}(i)
	}
	return timed(each*crowd*2, func() {
		close(begin)
		left.Wait()
	})
}

func residentBytes() int64 {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

func idle(actors int) (int, int64) {
	runtime.GC()
	before := residentBytes()
	mailboxes := make([]chan int, actors)
	for i := range mailboxes {
		mailboxes[i] = make(chan int, 1)
		go func(mailbox chan int) { <-mailbox }(mailboxes[i])
	}
	after := residentBytes()
	mailboxes[0] <- 0
	return actors, after - before
}

func main() {
	size, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	benches := map[string]func(int) (int, int64){
		"pingpong": func(n int) (int, int64) { return ring(2, n) },
		"ring":     func(n int) (int, int64) { return ring(ringSize, n) },
		"count":    func(n int) (int, int64) { return contend(1, n) },
		"contend":  func(n int) (int, int64) { return contend(senders, n) },
		"fork":     fork, "ask": ask, "big": big, "idle": idle,
	}
	fmt.Println(benches[os.Args[1]](size))
}
