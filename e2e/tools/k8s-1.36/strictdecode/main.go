// Strictdecode reads rendered YAML files the way Kubernetes does: every
// document has to be of a kind that one of the programs on a host reads, with
// no field that the kind lacks and no key given twice.
//
// In: paths of YAML files. Out: nothing where all is well, else a line on
// standard error for each document that fails, and exit code 1.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: strictdecode FILE...")
		os.Exit(2)
	}
	decode, err := newDecoder()
	if err != nil {
		fmt.Fprintln(os.Stderr, "strictdecode:", err)
		os.Exit(2)
	}
	failed := false
	for _, path := range os.Args[1:] {
		content, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed = true
			continue
		}
		for _, err := range decode.file(content) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
