package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/khagen/khagen/e2e/cgroups"
)

// cgroupFolders are the cgroups that are a host's own, one in each hierarchy that systemd keeps its services in: folders
// of this machine, by where systemd looks for them. They are the only thing of a host that doesn't end with the world.
type cgroupFolders map[string]string

const (
	cgroupName  = "khagen-e2e-"
	cgroupStale = 15 * time.Minute // longer than any test runs
)

// newCgroups makes a cgroup below the one that this process is in, in each hierarchy. Those that a killed run left are
// removed first.
func newCgroups() (cgroupFolders, error) {
	parents, err := ownCgroups()
	if err != nil {
		return nil, err
	}
	made := cgroupFolders{}
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
func ownCgroups() (cgroupFolders, error) {
	all, err := cgroups.Own()
	if err != nil {
		return nil, err
	}
	found := cgroupFolders{}
	for _, h := range all {
		if h.Unified() || slices.Equal(h.Controllers, []string{cgroups.Systemd}) {
			found[h.Mount] = h.Own
		}
	}
	if found[cgroups.Root] == "" && found[cgroups.Root+"/systemd"] == "" {
		return nil, fmt.Errorf("no cgroup hierarchy that systemd would use is mounted below %s", cgroups.Root)
	}
	return found, nil
}

// layOut moves this process into the cgroups and shows it them alone, as the roots of their hierarchies. Hierarchies of
// other controllers are left out, so that systemd makes no cgroups there.
func (c cgroupFolders) layOut(root string) error {
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
	if _, unified := c[cgroups.Root]; unified {
		return mountCgroup(root, cgroups.Root)
	}
	base := filepath.Join(root, cgroups.Root)
	if err := unix.Mount("tmpfs", base, "tmpfs", flags, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", cgroups.Root, err)
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
	if target == cgroups.Root+"/systemd" {
		kind, options = "cgroup", "none,name=systemd"
	}
	if err := unix.Mount(kind, filepath.Join(root, target), kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, target, err)
	}
	return nil
}

// remove takes the cgroups away once their last process has ended, for which it waits up to a second.
func (c cgroupFolders) remove() (err error) {
	for deadline := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		err = nil
		for _, folder := range c {
			err = errors.Join(err, cgroups.Remove(folder))
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// sweep removes old cgroups without processes.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, cgroupName+"*"))
	for _, folder := range left {
		if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > cgroupStale {
			_ = cgroups.Remove(folder) // one that is in use can't be
		}
	}
}
