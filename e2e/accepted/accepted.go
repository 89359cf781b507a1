// Package accepted remembers from one run to the next what tests of rendered files have accepted. Where the same test has accepted
// the same files, on a machine with the same packages, there is nothing new to learn, and it isn't asked again. What it has refused
// it is asked about each time.
//
// The memory is e2e/.cache/accepted: an empty file for each thing that was accepted, in a folder for each state of who judges. Who
// removes it has all asked anew.
package accepted

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
)

// forgotten is when the memory of other judges goes, since it was last used.
const forgotten = 30 * 24 * time.Hour

// Once runs a test, unless it has accepted the same before. The parts are all that its verdict depends on beside the judges: its own
// name and what it is given. They are told apart by their JSON.
func Once(t testing.TB, run func(), parts ...any) {
	t.Helper()
	memory, err := remembered()
	if err != nil {
		t.Logf("nothing is remembered: %v", err)
		run()
		return
	}
	text, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(memory, sum(text))
	if _, err := os.Stat(path); err == nil {
		t.Log("accepted before")
		return
	}
	run()
	if t.Failed() || t.Skipped() {
		return
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Logf("it isn't remembered: %v", err)
	}
}

// remembered is the folder of what the judges of today have accepted.
var remembered = sync.OnceValues(func() (string, error) {
	repository, err := rendered.Repository()
	if err != nil {
		return "", err
	}
	tests, err := os.Getwd() // of a test it is its package
	if err != nil {
		return "", err
	}
	if tests, err = filepath.Rel(repository, tests); err != nil {
		return "", err
	}
	who, err := judges(repository, tests)
	if err != nil {
		return "", err
	}
	return open(filepath.Join(repository, "e2e/.cache/accepted"), who, time.Now())
})

// open makes the folder of some judges, and removes those that nobody has used for long.
func open(memory, who string, now time.Time) (string, error) {
	mine := filepath.Join(memory, who)
	if err := os.MkdirAll(mine, 0o755); err != nil {
		return "", err
	}
	if err := os.Chtimes(mine, now, now); err != nil {
		return "", err
	}
	others, err := os.ReadDir(memory)
	if err != nil {
		return "", err
	}
	for _, other := range others {
		info, err := other.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another test was faster
		} else if err != nil {
			return "", err
		}
		if now.Sub(info.ModTime()) > forgotten {
			if err := os.RemoveAll(filepath.Join(memory, other.Name())); err != nil {
				return "", err
			}
		}
	}
	return mine, nil
}

// shared are folders that tests of all packages judge by: what puts files on hosts, and what tells what to expect of them. What renders
// files isn't among them: it is what is judged.
var shared = []string{
	"e2e/accepted", "e2e/authority", "e2e/cgroups", "e2e/playbook", "e2e/rendered", "e2e/sandbox",
	"internal/pki", "internal/topology", "internal/tree", "internal/upstream",
}

// judges tells one state of those who judge from any other: the package of the tests, the packages of this machine, and its kernel.
func judges(repository, tests string) (string, error) {
	var text bytes.Buffer
	for _, path := range []string{"/proc/sys/kernel/osrelease", "/var/lib/dpkg/status"} {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%s %s\n", path, sum(content))
	}
	for _, folder := range append([]string{tests}, shared...) {
		err := filepath.WalkDir(filepath.Join(repository, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(repository, path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&text, "%s %s\n", name, sum(content))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return sum(text.Bytes()), nil
}

// Program tells one state of a program from any other, for parts of what Once is given: those that were built are in no package.
func Program(path string) (string, error) {
	programs.Lock()
	defer programs.Unlock()
	if known := programs.sums[path]; known != "" {
		return known, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	programs.sums[path] = hex.EncodeToString(h.Sum(nil))
	return programs.sums[path], nil
}

var programs = struct {
	sync.Mutex
	sums map[string]string
}{sums: map[string]string{}}

func sum(content []byte) string {
	of := sha256.Sum256(content)
	return hex.EncodeToString(of[:])
}
