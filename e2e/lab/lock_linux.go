package lab

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errInUse is that somebody else has locked a folder.
var errInUse = errors.New("in use")

// Lock locks a file or folder until it is closed or this process ends. Where somebody else has it, it waits or gives
// errInUse.
func Lock(path string, wait bool) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	if err := unix.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errInUse
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

// lockLabs lets one process of this machine at a time make or sweep labs: what is made is locked a moment later only.
func lockLabs() (*os.File, error) {
	parents, err := labParents()
	if err != nil {
		return nil, err
	}
	return Lock(parents[0].Own, true)
}
