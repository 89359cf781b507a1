package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cgroups are those that are a host's own, one in each hierarchy that systemd keeps its services in: folders of this
// machine, by where systemd looks for them. They are the only thing of a host that doesn't end with the world.
type cgroups map[string]string

const (
	cgroupRoot  = "/sys/fs/cgroup"
	cgroupName  = "khagen-e2e-"
	cgroupStale = 15 * time.Minute // longer than any test runs
)

// newCgroups makes a cgroup below the one that this process is in, in each hierarchy. Those that a killed run left are
// removed first.
func newCgroups() (cgroups, error) {
	parents, err := ownCgroups()
	if err != nil {
		return nil, err
	}
	made := cgroups{}
	for target, parent := range parents {
		sweep(parent)
		if made[target], err = os.MkdirTemp(parent, cgroupName); err != nil {
			delete(made, target)
			return nil, errors.Join(fmt.Errorf("make a cgroup: %w", err), made.remove())
		}
	}
	return made, nil
}

// ownCgroups gives the folders of the cgroups that this process is in: in the unified hierarchy, and in the one of
// systemd's own where there are hierarchies of version 1.
func ownCgroups() (cgroups, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	paths, err := cgroupPaths()
	if err != nil {
		return nil, err
	}
	found := cgroups{}
	for line := range strings.Lines(string(mounts)) {
		// 36 35 98:0 ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS, see proc_pid_mountinfo(5)
		before, after, _ := strings.Cut(strings.TrimSpace(line), " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 6 || len(kind) < 3 || !strings.HasPrefix(mount[4], cgroupRoot) {
			continue
		}
		hierarchy := "name=systemd"
		if kind[0] == "cgroup2" {
			hierarchy = ""
		} else if kind[0] != "cgroup" || !slices.Contains(strings.Split(kind[2], ","), hierarchy) {
			continue
		}
		if path, in := paths[hierarchy]; in {
			found[mount[4]] = filepath.Join(mount[4], strings.TrimPrefix(path, strings.TrimSuffix(mount[3], "/")))
		}
	}
	if found[cgroupRoot] == "" && found[cgroupRoot+"/systemd"] == "" {
		return nil, fmt.Errorf("no cgroup hierarchy that systemd would use is mounted below %s", cgroupRoot)
	}
	return found, nil
}

// cgroupPaths gives the cgroup of this process by hierarchy; the unified one has no name.
func cgroupPaths() (map[string]string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 {
			paths[parts[1]] = parts[2]
		}
	}
	return paths, nil
}

// layOut moves this process into the cgroups and shows it them alone, as the roots of their hierarchies. Hierarchies of
// other controllers are left out, so that systemd makes no cgroups there.
func (c cgroups) layOut(root string) error {
	if len(c) == 0 {
		return nil
	}
	for _, folder := range c {
		if err := os.WriteFile(filepath.Join(folder, "cgroup.procs"), []byte("0"), 0); err != nil {
			return fmt.Errorf("enter a cgroup: %w", err)
		}
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("make a cgroup namespace: %w", err)
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("sysfs", filepath.Join(root, "sys"), "sysfs", flags|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	if _, unified := c[cgroupRoot]; unified {
		return mountCgroup(root, cgroupRoot)
	}
	base := filepath.Join(root, cgroupRoot)
	if err := unix.Mount("tmpfs", base, "tmpfs", flags, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", cgroupRoot, err)
	}
	for target := range c {
		if err := os.MkdirAll(filepath.Join(root, target), 0o755); err != nil {
			return err
		}
		if err := mountCgroup(root, target); err != nil {
			return err
		}
	}
	return unix.Mount("", base, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|flags, "")
}

func mountCgroup(root, target string) error {
	kind, options := "cgroup2", ""
	if target == cgroupRoot+"/systemd" {
		kind, options = "cgroup", "none,name=systemd"
	}
	if err := unix.Mount(kind, filepath.Join(root, target), kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, target, err)
	}
	return nil
}

// remove takes the cgroups away once their last process has ended, for which it waits up to a second.
func (c cgroups) remove() (err error) {
	for deadline := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		err = nil
		for _, folder := range c {
			err = errors.Join(err, removeCgroup(folder))
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// removeCgroup removes a cgroup with those below it. Files can't be removed, and needn't.
func removeCgroup(folder string) error {
	var folders []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, path := range slices.Backward(folders) {
		err = errors.Join(err, unix.Rmdir(path))
	}
	if err != nil {
		return fmt.Errorf("remove cgroup %s: %w", folder, err)
	}
	return nil
}

// sweep removes old cgroups without processes.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, cgroupName+"*"))
	for _, folder := range left {
		if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > cgroupStale {
			_ = removeCgroup(folder) // one that is in use can't be
		}
	}
}
