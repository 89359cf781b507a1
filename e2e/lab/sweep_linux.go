package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Sweep removes what killed runs left: the files of their hosts, and cgroups, with the processes that the kernel is still
// ending. What is locked belongs to a run that lives.
func Sweep() error {
	labs, err := lockLabs()
	if err != nil {
		return err
	}
	defer labs.Close()
	return sweepAll()
}

func sweepAll() error {
	labs, err := labsFolder()
	if err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(labs, "*"))
	if err != nil {
		return err
	}
	for _, folder := range left {
		err = errors.Join(err, sweep(folder, removeAll))
	}
	parents, failed := labParents()
	err = errors.Join(err, failed)
	for _, parent := range parents {
		left, failed := filepath.Glob(filepath.Join(parent.Own, cgroupPrefix+"*"))
		err = errors.Join(err, failed)
		for _, folder := range left {
			err = errors.Join(err, sweep(folder, func(folder string) error {
				return errors.Join(endCgroup(folder), removeWhenEmpty([]string{folder}))
			}))
		}
	}
	return err
}

// sweep removes a folder, unless somebody has locked it or was faster.
func sweep(folder string, remove func(string) error) error {
	locked, err := Lock(folder, false)
	if errors.Is(err, errInUse) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer locked.Close()
	return remove(folder)
}

// endCgroup ends the processes of what a cgroup's lab has in the unified hierarchy.
func endCgroup(folder string) error {
	parents, err := labParents()
	for _, parent := range parents {
		if parent.Unified() {
			err = errors.Join(err, killCgroup(filepath.Join(parent.Own, filepath.Base(folder))))
		}
	}
	if err != nil {
		return fmt.Errorf("end the processes of %s: %w", folder, err)
	}
	return nil
}
