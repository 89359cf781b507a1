// Command khagen turns the cluster definitions below overlays/ into the files of every host below out/. In come
// arguments and a folder, out go files, results on stdout, messages on stderr and an exit code.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

// Exit codes, as documented in the help.
const (
	exitFine    = 0
	exitDiffers = 1 // the tree differs, or vet found something
	exitFailed  = 2 // bad input, a build refused by a rule, an error of the system
)

// Most of what a build allocates dies young: collecting a quarter as often halves the time of a large fleet, and the
// limit keeps such a fleet below 600 MB.
const (
	gcPercent   = 400
	memoryLimit = 450 << 20
)

func main() {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	os.Exit(run(os.Args[1:]))
}

// run executes one command line and gives its exit code.
func run(args []string) (code int) {
	stdout := bufio.NewWriter(os.Stdout)
	defer func() {
		if r := recover(); r != nil {
			code = tell(os.Stderr, bug(r))
		}
	}()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills at once

	root := newRootCmd()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(os.Stderr)
	err := root.ExecuteContext(ctx)
	if flushed := stdout.Flush(); flushed != nil {
		err = fmt.Errorf("write the result: %w", flushed)
	}
	if err == nil {
		return exitFine
	}
	return tell(os.Stderr, err)
}

// tell writes errors as messages for people and gives the exit code.
func tell(messages io.Writer, err error) int {
	var done exitError
	if errors.As(err, &done) {
		return int(done)
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			tell(messages, one)
		}
	} else {
		fmt.Fprintln(messages, "khagen: "+strings.TrimSpace(err.Error()))
	}
	return exitFailed
}

// exitError ends a command that has said already what there was to say; it is the exit code.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// bug words a panic for people: what, and the innermost place in khagen's own code.
func bug(reason any) error {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	place, panicked := "an unknown place", false
	for {
		frame, more := frames.Next()
		if panicked && strings.Contains(frame.Function, "khagen") {
			place = fmt.Sprintf("%s:%d", frame.Function, frame.Line)
			break
		}
		panicked = panicked || frame.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return fmt.Errorf("a bug in %s: %v\n  please report it with this message, the output of khagen version, and the definition", place, reason)
}
