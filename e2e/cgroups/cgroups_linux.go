package cgroups

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Root is where hierarchies are mounted: the unified one there, or those of version 1 below.
const Root = "/sys/fs/cgroup"

// Systemd is what the hierarchy of version 1 without a controller calls itself, in which systemd keeps its services.
const Systemd = "name=systemd"

// Hierarchy is one that is mounted.
type Hierarchy struct {
	Mount       string   // where
	Controllers []string // those of version 1, or Systemd alone; the unified hierarchy has none here
	Own         string   // folder of the cgroup that this process is in
}

// Unified tells whether the hierarchy is of version 2.
func (h Hierarchy) Unified() bool { return len(h.Controllers) == 0 }

// Own gives all hierarchies that are mounted, in the order of their mount points.
func Own() ([]Hierarchy, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	paths, err := paths()
	if err != nil {
		return nil, err
	}
	found := map[string]Hierarchy{}
	for line := range strings.Lines(string(mounts)) {
		// 36 35 98:0 ROOT POINT OPTIONS … - TYPE SOURCE OPTIONS, see proc_pid_mountinfo(5)
		before, after, _ := strings.Cut(strings.TrimSpace(line), " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 6 || len(kind) < 3 || !strings.HasPrefix(mount[4], Root) {
			continue
		}
		h := Hierarchy{Mount: mount[4]}
		path, in := paths[""]
		switch kind[0] {
		case "cgroup2":
		case "cgroup":
			h.Controllers, path, in = controllers(kind[2], paths)
		default:
			continue
		}
		if in {
			h.Own = filepath.Join(h.Mount, strings.TrimPrefix(path, strings.TrimSuffix(mount[3], "/")))
			found[h.Mount] = h // of several on one another, the last is seen
		}
	}
	var list []Hierarchy
	for _, h := range found {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b Hierarchy) int { return strings.Compare(a.Mount, b.Mount) })
	return list, nil
}

// controllers finds those of a hierarchy among the options of its mount, and this process's path in it.
func controllers(options string, paths map[string]string) (names []string, path string, in bool) {
	all := strings.Split(options, ",")
	for joined, at := range paths {
		names := strings.Split(joined, ",")
		if joined != "" && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(all, name) }) {
			return names, at, true
		}
	}
	return nil, "", false
}

// paths gives the cgroup of this process by the controllers of the hierarchy; the unified one has none.
func paths() (map[string]string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 {
			found[parts[1]] = parts[2]
		}
	}
	return found, nil
}

// Remove removes a cgroup with those below it, which is only possible when no process is in them. One that isn't there
// is fine.
func Remove(folder string) error {
	folders, err := Below(folder)
	for _, path := range slices.Backward(folders) {
		// The files of a cgroup can't be removed, and needn't.
		if gone := unix.Rmdir(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return fmt.Errorf("remove cgroup %s: %w", folder, err)
	}
	return nil
}

// Below gives the folders of a cgroup and of all below it, each after the one that it lies in.
func Below(folder string) ([]string, error) {
	var folders []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it may end at any time
		}
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	return folders, err
}
