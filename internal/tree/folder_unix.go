//go:build unix

package tree

import (
	"bytes"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// folder is an open folder. What it opens by name is opened relative to it and never through a symbolic link, so that
// nobody can lead khagen out of the tree, and paths need not be looked up from the root each time.
type folder struct {
	file *os.File
	fd   int
}

// openFolder opens a folder by its path, symbolic links followed: out/ may well be one.
func openFolder(path string) (*folder, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &folder{os.NewFile(uintptr(fd), path), fd}, nil
}

// open opens a folder inside. A symbolic link or a mount point is an error.
func (f *folder) open(name string) (*folder, error) {
	path := f.place(name)
	fd, err := retry(func() (int, error) { return openatFolder(f.fd, name) })
	switch {
	case errors.Is(err, unix.EXDEV):
		return nil, errors.New(path + ": is a mount point; khagen writes to none")
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENOTDIR):
		return nil, notFolder(f.fd, name, path)
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &folder{os.NewFile(uintptr(fd), path), fd}, nil
}

// notFolder says what stands where a folder was expected.
func notFolder(fd int, name, path string) error {
	var st unix.Stat_t
	if unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return errors.New(path + ": is a symbolic link; khagen does not write through it")
	}
	return errors.New(path + ": is not a folder")
}

// list gives the entries in the order of their names.
func (f *folder) list() ([]fs.DirEntry, error) {
	entries, err := f.file.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	sortEntries(entries)
	return entries, nil
}

// compare tells whether the regular file name holds content, and whether its execute bit is as wanted. The size is
// compared first; buf is used for reading and returned, grown where needed.
func (f *folder) compare(name string, content []byte, exec bool, buf []byte) (sameContent, sameMode bool, _ []byte, err error) {
	fd, err := f.openFile(name)
	if err != nil {
		return false, false, buf, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, false, buf, &fs.PathError{Op: "stat", Path: f.place(name), Err: err}
	}
	sameMode = st.Mode&0o100 != 0 == exec
	if st.Size != int64(len(content)) {
		return false, sameMode, buf, nil
	}
	if cap(buf) < len(content)+1 {
		buf = make([]byte, 2*len(content)+1)
	}
	buf = buf[:len(content)+1]
	n, err := readFull(fd, buf)
	if err != nil {
		return false, false, buf, &fs.PathError{Op: "read", Path: f.place(name), Err: err}
	}
	return bytes.Equal(buf[:n], content), sameMode, buf, nil
}

func (f *folder) openFile(name string) (int, error) {
	fd, err := retry(func() (int, error) {
		return unix.Openat(f.fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: f.place(name), Err: err}
	}
	return fd, nil
}

// linked tells whether a file has other names too.
func (f *folder) linked(name string) (bool, error) {
	var st unix.Stat_t
	err := unix.Fstatat(f.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil {
		return false, &fs.PathError{Op: "stat", Path: f.place(name), Err: err}
	}
	return st.Nlink > 1, nil
}

// remove removes a file, or an empty folder.
func (f *folder) remove(name string, isFolder bool) error {
	flags := 0
	if isFolder {
		flags = unix.AT_REMOVEDIR
	}
	if err := unix.Unlinkat(f.fd, name, flags); err != nil {
		return &fs.PathError{Op: "remove", Path: f.place(name), Err: err}
	}
	return nil
}

// place gives the path of what is called name in the folder.
func (f *folder) place(name string) string { return f.file.Name() + "/" + name }

func (f *folder) close() { f.file.Close() }

// retry repeats a call that a signal interrupted; some network file systems let that happen.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// readFull reads until buf is full or the file ends.
func readFull(fd int, buf []byte) (int, error) {
	total := 0
	for total < len(buf) {
		n, err := retry(func() (int, error) { return unix.Read(fd, buf[total:]) })
		if err != nil {
			return total, err
		}
		if n == 0 {
			break
		}
		total += n
	}
	return total, nil
}

// openatSameDevice opens a folder by one name below fd and gives EXDEV where it lies on another file system.
func openatSameDevice(fd int, name string, flags int) (int, error) {
	got, err := unix.Openat(fd, name, flags, 0)
	if err != nil {
		return -1, err
	}
	var parent, child unix.Stat_t
	if unix.Fstat(fd, &parent) == nil && unix.Fstat(got, &child) == nil && parent.Dev != child.Dev {
		unix.Close(got)
		return -1, unix.EXDEV
	}
	return got, nil
}
