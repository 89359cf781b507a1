// Command bench measures khagen: in come sizes of fleets, out comes a table of what builds of them take, beside copies
// of the same trees. Nothing fails where a target is missed: that is for people to judge, on a machine with nothing
// else to do.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fleets are those that can be chosen, by their number of hosts. The larger ones are steadier and need fewer rounds.
var fleets = []fleet{
	{clusters: 1, hosts: 5, rounds: 21},
	{clusters: 10, hosts: 200, rounds: 9},
	{clusters: 1, hosts: 5_000, rounds: 3},
	{clusters: 500, hosts: 10_000, rounds: 3},
}

func main() {
	sizes := flag.String("sizes", "5,200,5000,10000", "numbers of hosts, of `5,200,5000,10000`")
	dir := flag.String("dir", "", "`folder` to work in; on a tmpfs, as /dev/shm often is, no disk is measured")
	flag.Parse()
	if err := run(*sizes, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(sizes, dir string) error {
	chosen, err := choose(sizes)
	if err != nil {
		return err
	}
	if dir, err = os.MkdirTemp(dir, "khagen-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := prepare(dir)
	if err != nil {
		return err
	}
	var results []*result
	for _, f := range chosen {
		r, err := measure(filepath.Join(dir, strconv.Itoa(f.hosts)), f, p)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	return report(os.Stdout, results)
}

func choose(sizes string) ([]fleet, error) {
	var chosen []fleet
	for size := range strings.SplitSeq(sizes, ",") {
		i := slices.IndexFunc(fleets, func(f fleet) bool { return strconv.Itoa(f.hosts) == size })
		if i < 0 {
			return nil, fmt.Errorf("-sizes: no fleet has %q hosts", size)
		}
		chosen = append(chosen, fleets[i])
	}
	return chosen, nil
}

// prepare builds khagen, and cue in the version that khagen has in it.
func prepare(dir string) (programs, error) {
	const khagen = "github.com/khagen/khagen"
	p := programs{khagen: filepath.Join(dir, "khagen"), cue: filepath.Join(dir, "cue")}
	var err error
	if p.schema, err = golang("list", "-f", "{{.Dir}}", khagen+"/schema"); err != nil {
		return p, err
	}
	version, err := golang("list", "-m", "-f", "{{.Version}}", "cuelang.org/go")
	if err != nil {
		return p, err
	}
	if _, err := golang("build", "-o", p.khagen, khagen+"/cmd/khagen"); err != nil {
		return p, err
	}
	os.Setenv("GOBIN", dir)
	_, err = golang("install", "cuelang.org/go/cmd/cue@"+version)
	return p, err
}

func golang(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	return strings.TrimSpace(string(out)), nil
}
