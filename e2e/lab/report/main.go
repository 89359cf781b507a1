// Command report makes the tables of docs/resilience.md from the figures that runs of the lab wrote:
//
//	go run ./e2e/lab/report FOLDER docs/resilience.md
//
// It replaces the sections of these systems, between the page's two marks, the same for the same figures, and fails where a bound isn't
// met that the definition's own intervals allow.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/e2e/lab/failures"
)

// What the tables stand between.
const (
	begin = "<!-- figures of the lab: begin -->\n"
	end   = "<!-- figures of the lab: end -->\n"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: report FOLDER PAGE")
		os.Exit(2)
	}
	broken, err := report(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	for _, line := range broken {
		fmt.Fprintln(os.Stderr, line)
	}
	if len(broken) > 0 {
		os.Exit(1)
	}
}

// report rewrites a page from a folder of figures, and says which bounds aren't met.
func report(folder, page string) (broken []string, err error) {
	figures, err := read(folder)
	if err != nil {
		return nil, err
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	before, rest, found := strings.Cut(string(old), begin)
	known, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return nil, fmt.Errorf("%s: no lines %q and %q", page, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	text := before + begin + merge(known, tables(figures)) + end + after
	return missed(figures), os.WriteFile(page, []byte(text), 0o644)
}

// read gives all figures of a folder, in the order of their files' names.
func read(folder string) ([]*failures.Figures, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, errors.New("no figures in " + folder)
	}
	var all []*failures.Figures
	for _, path := range paths {
		f, err := failures.Read(path)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// missed says what khagen's own systems don't keep.
func missed(all []*failures.Figures) []string {
	var lines []string
	for _, f := range all {
		if f.Variant == failures.Published {
			continue
		}
		for i := range f.Faults {
			fault := &f.Faults[i]
			switch {
			case fault.Trouble != "":
				lines = append(lines, fmt.Sprintf("%s: %s: %s", f.Name(), fault.Fault, fault.Trouble))
			case !fault.Kept():
				lines = append(lines, fmt.Sprintf("%s: %s: no read for %v, then for %v", f.Name(), fault.Fault, fault.Happens.Reads, fault.Back.Reads))
			}
			if fault.Writes.Lost > 0 {
				lines = append(lines, fmt.Sprintf("%s: %s: %d acknowledged writes are lost", f.Name(), fault.Fault, fault.Writes.Lost))
			}
		}
	}
	return lines
}
