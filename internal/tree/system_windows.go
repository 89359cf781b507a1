package tree

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// errNotFolder is what the system says of a path that goes through a file.
var errNotFolder error = windows.ERROR_DIRECTORY

// syncFiles does nothing: Windows has no call for a whole volume that users may make.
func syncFiles(string) error { return nil }

// lock takes the lock on out/: a file that nobody else can open meanwhile, and that goes with its process.
func lock(dir string) (unlock func() error, err error) {
	path, err := windows.UTF16PtrFromString(filepath.Join(dir, ".lock"))
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(path, windows.GENERIC_WRITE, 0, nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_DELETE_ON_CLOSE, 0)
	if errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, fmt.Errorf("%s: another build is running there; wait until it is done", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() error { return windows.CloseHandle(handle) }, nil
}
