// Command image makes the root file system of the lab's hosts ahead of the tests, whose time is limited. It does nothing
// where the image is there. Outside CI it does nothing either where there can be no lab: the tests are skipped then.
package main

import (
	"fmt"
	"os"

	"github.com/khagen/khagen/e2e/lab"
)

func main() {
	if err := lab.Missing(); err != nil {
		fmt.Fprintf(os.Stderr, "a lab needs more than there is here, and its tests are skipped: %v\n", err)
		if os.Getenv("CI") == "true" {
			os.Exit(1)
		}
		return
	}
	if err := lab.MakeImage(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
