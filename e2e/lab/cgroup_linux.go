package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/khagen/khagen/e2e/cgroups"
)

// cgroupPrefix is how the cgroups of labs begin; the name of the lab's folder follows.
const cgroupPrefix = "khagen-lab-"

// labCgroups are those of a lab, one in each hierarchy, each with one below for each host that is on. Without one of its own,
// all hosts would have their services in the same.
type labCgroups struct {
	folders []labCgroup
}

type labCgroup struct {
	cgroups.Hierarchy
	folder string
	lock   *os.File // tells sweeps that it is in use
}

// labParents are the cgroups that those of labs lie in: this process's own. Where there is the unified hierarchy alone that
// is its root, since controllers can't be handed down from a cgroup with processes.
func labParents() ([]cgroups.Hierarchy, error) {
	all, err := cgroups.Own()
	if err == nil && len(all) == 1 && all[0].Unified() {
		all[0].Own = all[0].Mount
	}
	return all, err
}

func makeCgroups(name string) (*labCgroups, error) {
	parents, err := labParents()
	if err != nil {
		return nil, err
	}
	l := &labCgroups{}
	for _, parent := range parents {
		c := labCgroup{Hierarchy: parent, folder: filepath.Join(parent.Own, cgroupPrefix+name)}
		err := makeCgroup(c.folder, parent)
		if err == nil {
			c.lock, err = Lock(c.folder, false)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("make a cgroup: %w", err), cgroups.Remove(c.folder), l.remove())
		}
		l.folders = append(l.folders, c)
	}
	return l, nil
}

// makeCgroup makes a cgroup that processes can be in and that has what its parent has.
func makeCgroup(folder string, in cgroups.Hierarchy) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if in.Unified() {
		return handDown(folder)
	}
	if !slices.Contains(in.Controllers, "cpuset") {
		return nil
	}
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(filepath.Dir(folder), name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), value, 0)
		}
		if err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "cgroup.clone_children"), []byte("1"), 0)
}

// handDown has a cgroup give the controllers that it got to those below it, as long as no process is in it.
func handDown(folder string) error {
	names, err := os.ReadFile(filepath.Join(folder, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(names)) {
		if err := os.WriteFile(filepath.Join(folder, "cgroup.subtree_control"), []byte("+"+name), 0); err != nil {
			return err
		}
	}
	return nil
}

// addHost makes a host's cgroups and gives their folders.
func (l *labCgroups) addHost(name string) ([]string, error) {
	var folders []string
	for _, c := range l.folders {
		folder := filepath.Join(c.folder, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			return nil, err
		}
		if slices.Contains(c.Controllers, "cpuset") { // the rest is cloned
			if err := os.WriteFile(filepath.Join(folder, "cgroup.clone_children"), []byte("1"), 0); err != nil {
				return nil, err
			}
		}
		folders = append(folders, folder)
	}
	return folders, nil
}

// removeHost removes a host's cgroups when its last process has ended. Those that stayed would cost the kubelet of the next
// boot seconds each.
func (l *labCgroups) removeHost(name string) error {
	if l == nil {
		return nil
	}
	var folders []string
	for _, c := range l.folders {
		folders = append(folders, filepath.Join(c.folder, name))
	}
	return removeWhenEmpty(folders)
}

// remove removes the lab's cgroups.
func (l *labCgroups) remove() error {
	if l == nil {
		return nil
	}
	var folders []string
	for _, c := range l.folders {
		folders = append(folders, c.folder)
	}
	err := removeWhenEmpty(folders)
	for _, c := range l.folders {
		c.lock.Close()
	}
	return err
}

// removeWhenEmpty removes cgroups once their last process has ended, for which it waits up to ten seconds: processes that
// write to a disk end when it lets them.
func removeWhenEmpty(folders []string) (err error) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err = nil
		for _, folder := range folders {
			err = errors.Join(err, cgroups.Remove(folder))
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// kill ends all processes of a host. In the unified hierarchy the kernel does so at once.
func (l *labCgroups) kill(host string) error {
	for _, c := range l.folders {
		if c.Unified() {
			return killCgroup(filepath.Join(c.folder, host))
		}
	}
	return nil // nspawn's end is the host's
}

// killCgroup ends all processes of a cgroup of the unified hierarchy.
func killCgroup(folder string) error {
	err := os.WriteFile(filepath.Join(folder, "cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is gone, or the kernel is older than 5.14
	}
	return err
}

// processes gives those of a host, as the world sees them.
func (l *labCgroups) processes(host string) ([]int, error) {
	at := slices.IndexFunc(l.folders, func(c labCgroup) bool { return c.Unified() })
	if at < 0 {
		return nil, errors.New("no unified hierarchy of cgroups")
	}
	folders, err := cgroups.Below(filepath.Join(l.folders[at].folder, host))
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "cgroup.procs"))
		if err != nil {
			continue // it may end at any time, and those with threads alone can't be read
		}
		for field := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil && pid != 0 {
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}
