// Strictdecode reads rendered YAML files the way Kubernetes does: every
// document has to be of a kind that one of the programs on a host reads, with
// no field that the kind lacks and no key given twice, and the values have to
// pass the checks that the program makes itself. A patch for kubeadm, named
// TARGET+strategic.yaml, is a part of an object: its values are not checked.
//
// In: paths of YAML files. Out: nothing where all is well, else a line on
// standard error for each document that fails, and exit code 1.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
		patch := strings.Contains(filepath.Base(path), "+strategic.")
		for _, err := range decode.file(content, patch) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
