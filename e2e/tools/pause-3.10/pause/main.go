// Command pause is the first process of a pod: it waits until it is told to end, and takes leave of processes that lost
// their parent. Kubernetes's own is written in C.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// kubeadm upgrade asks so in a pod, to see that pods can be started.
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause 3.10.2")
		return
	}
	told := make(chan os.Signal, 16)
	signal.Notify(told, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for {
		if sig := <-told; sig != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// reap takes all that ended: of several children that end at once, one signal may be left.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if pid <= 0 && !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}
