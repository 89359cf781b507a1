package tree

import (
	"errors"

	"golang.org/x/sys/unix"
)

const folderFlags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openatFolder opens a folder by one name below fd. EXDEV: it is a mount point. ELOOP or ENOTDIR: it is a symbolic
// link, or no folder.
func openatFolder(fd int, name string) (int, error) {
	got, err := unix.Openat2(fd, name, &unix.OpenHow{
		Flags:   folderFlags,
		Resolve: unix.RESOLVE_NO_XDEV | unix.RESOLVE_NO_SYMLINKS,
	})
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // before Linux 5.6, or kept away by a sandbox
		return openatSameDevice(fd, name, folderFlags)
	}
	return got, err
}
