//go:build unix && !linux

package tree

import "golang.org/x/sys/unix"

// openatFolder opens a folder by one name below fd. EXDEV: it is a mount point. ELOOP or ENOTDIR: it is a symbolic
// link, or no folder.
func openatFolder(fd int, name string) (int, error) {
	return openatSameDevice(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC)
}
