// Package accepted remembers from one run to the next what tests have accepted: rendered files, or the lab that runs them. Where the
// same test has accepted the same, on a machine with the same packages, there is nothing new to learn, and it isn't asked again. What
// it has refused it is asked about each time.
//
// The memory is e2e/.cache/shared/accepted: an empty file for each thing that was accepted, in a folder for each state of who judges. Who
// removes it has all asked anew, as who runs go test with -count has.
package accepted

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
)

// forgotten is when the memory of other judges goes, since it was last used.
const forgotten = 30 * 24 * time.Hour

// Already tells whether a test has accepted the same before, and has nothing to do. If not, its verdict is remembered. The parts are all
// that it depends on beside the judges: the test's own name and what it is given. They are told apart by their JSON.
func Already(t testing.TB, parts ...any) bool {
	t.Helper()
	path, err := place(parts)
	if err != nil {
		t.Logf("nothing is remembered: %v", err)
		return false
	}
	if there(path) {
		t.Log("accepted before")
		return true
	}
	t.Cleanup(func() { // after those of the test itself
		var err error
		switch {
		case t.Failed():
			if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
				return
			}
		case t.Skipped() || narrowed(t.Name()):
			return
		default:
			err = os.WriteFile(path, nil, 0o644)
		}
		if err != nil {
			t.Logf("the memory isn't up to date: %v", err)
		}
	})
	return false
}

// Before tells the same, and remembers nothing.
func Before(parts ...any) bool {
	path, err := place(parts)
	return err == nil && there(path)
}

// place is the file that is there once the parts are accepted.
func place(parts []any) (string, error) {
	memory, err := remembered()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(parts)
	return filepath.Join(memory, sum(text)), err
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil && !anew()
}

// anew tells whether go test was told how often to run tests: then it asks for all of them.
var anew = func() bool {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.count" })
	return given
}

// narrowed tells whether go test was asked for parts of a test alone: what those that run accept isn't all that there is.
func narrowed(name string) bool {
	given := func(name string) string {
		if f := flag.Lookup("test." + name); f != nil {
			return f.Value.String()
		}
		return ""
	}
	run := given("run")
	whole := slices.Contains(strings.Split(run, "|"), name) || strings.Count(run, "/") <= strings.Count(name, "/")
	return !whole || given("skip") != "" || given("failfast") == "true"
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
	if strings.HasPrefix(tests, "e2e/lab/") {
		tests = "e2e/lab" // whose packages lean on one another
	}
	who, err := judges(repository, tests)
	if err != nil {
		return "", err
	}
	return open(filepath.Join(repository, "e2e/.cache/shared/accepted"), who, time.Now())
})

// open makes the folder of some judges, and removes those that nobody has used for long.
func open(memory, who string, now time.Time) (string, error) {
	mine := filepath.Join(memory, who)
	for _, folder := range []string{memory, mine} { // what they are in setup.sh makes
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
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
			_ = os.RemoveAll(filepath.Join(memory, other.Name())) // it may be another user's
		}
	}
	return mine, nil
}

// shared are folders that tests of all packages judge by: what puts files on hosts, and what tells what to expect of them. What renders
// files isn't among them: it is what is judged.
var shared = []string{
	"e2e/accepted", "e2e/authority", "e2e/cgroups", "e2e/lab/artifacts", "e2e/playbook", "e2e/probe", "e2e/rendered", "e2e/sandbox",
	"internal/pki", "internal/topology", "internal/tree", "internal/upstream",
}

// judges tells one state of those who judge from any other: the package of the tests, what they are built with, the packages of this
// machine and what it has in place of their programs, its kernel, and who they run as.
func judges(repository, tests string) (string, error) {
	var text bytes.Buffer
	fmt.Fprintln(&text, runtime.Version(), os.Geteuid())
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "ANSIBLE_") {
			fmt.Fprintln(&text, variable)
		}
	}
	for _, path := range []string{
		"/proc/sys/kernel/osrelease", "/proc/self/uid_map", "/var/lib/dpkg/status",
		filepath.Join(repository, "go.mod"), filepath.Join(repository, "go.sum"),
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&text, filepath.Base(path), sum(content))
	}
	for _, folder := range append([]string{tests}, shared...) {
		state, err := Folder(filepath.Join(repository, folder))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&text, folder, state)
	}
	// Sandboxes look into the first two, whatever PATH says.
	path := append([]string{"/usr/local/sbin", "/usr/local/bin"}, filepath.SplitList(os.Getenv("PATH"))...)
	if err := shadows(&text, path, []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"}); err != nil {
		return "", err
	}
	return sum(text.Bytes()), nil
}

// asked are programs that tests run or hosts find, whether a package of the machine has them or not.
var asked = []string{
	"ansible-lint", "ansible-playbook", "containerd", "crictl", "ctr", "etcd", "etcdctl", "haproxy", "keepalived", "kube-apiserver",
	"kube-controller-manager", "kube-proxy", "kube-scheduler", "kube-vip", "kubeadm", "kubectl", "kubelet", "nginx", "podman", "runc",
}

// shadows writes which of the programs that a machine's packages have, or that are asked for, are found elsewhere on a path: before
// the packages' own, or after them.
func shadows(text io.Writer, path, packaged []string) error {
	known := map[string]bool{}
	for _, name := range asked {
		known[name] = true
	}
	for _, folder := range packaged {
		if err := eachFile(folder, func(name string) { known[name] = true }); err != nil {
			return err
		}
	}
	seen, where := map[string]bool{}, "before"
	for _, folder := range path {
		folder = filepath.Clean(folder)
		switch {
		case seen[folder]:
		case slices.Contains(packaged, folder):
			where = "after"
		default:
			err := eachFile(folder, func(name string) {
				if info, err := os.Stat(filepath.Join(folder, name)); err == nil && known[name] {
					fmt.Fprintln(text, where, folder, name, info.Size(), info.ModTime().UnixNano())
				}
			})
			if err != nil {
				return err
			}
		}
		seen[folder] = true
	}
	return nil
}

// eachFile calls for all that a folder has. Where it isn't there, nothing is found in it.
func eachFile(folder string, call func(name string)) error {
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	for _, f := range files {
		call(f.Name())
	}
	return nil
}

// Folder tells one state of all files below a folder from any other.
func Folder(root string) (string, error) {
	var text bytes.Buffer
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, readErr := os.ReadFile(path)
		info, infoErr := entry.Info()
		if err := errors.Join(readErr, infoErr); err != nil {
			return err
		}
		fmt.Fprintln(&text, strings.TrimPrefix(path, root), info.Mode().Perm(), sum(content))
		return nil
	})
	return sum(text.Bytes()), err
}

// Program tells one state of a program from any other, for parts that Already is given: those that were built are in no package.
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
