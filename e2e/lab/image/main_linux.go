// Command image makes the root file system of the lab's hosts ahead of the tests, whose time is limited. It does nothing
// where the image is there.
package main

import (
	"fmt"
	"os"

	"github.com/khagen/khagen/e2e/lab"
)

func main() {
	if err := lab.MakeImage(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
