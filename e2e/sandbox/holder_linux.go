package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The holder is this program again, in the namespaces of one host: it lays out the files, says holderReady, and keeps
// the namespaces until its standard input ends. Where the host runs systemd it becomes that, as soon as it is told to.
const (
	holderName  = "khagen-sandbox-host"
	holderReady = "ready"
)

// order is what the holder is told.
type order struct {
	Spec
	Cgroups cgroupFolders // to be in, where the host runs systemd
}

func hold(stdin io.Reader, stdout io.Writer) int {
	runtime.LockOSThread() // a cgroup namespace is a thread's own
	var o order
	decoder := json.NewDecoder(stdin)
	err := decoder.Decode(&o)
	if err == nil {
		err = layOut(os.Args[1], o)
	}
	if err != nil {
		fmt.Fprintln(stdout, strings.ReplaceAll(err.Error(), "\n", "; "))
		return 1
	}
	fmt.Fprintln(stdout, holderReady)
	var word string
	if err := decoder.Decode(&word); err == nil && word == bootWord {
		fmt.Fprintln(os.Stderr, execSystemd())
		return 1
	}
	return 0
}

// layOut builds the root file system in the folder root and makes it this process's own.
func layOut(root string, o order) error {
	spec := o.Spec
	unix.Umask(0)
	// What is unmounted here stays mounted in the world, also where something there made its mounts shared, as ip netns does.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Sethostname([]byte(spec.Name)); err != nil {
		return fmt.Errorf("set the host name: %w", err)
	}
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mount its tmpfs: %w", err)
	}
	files := baseFiles()
	if spec.Systemd {
		files = append(files, bootFiles()...)
	}
	inUsr, elsewhere := split(slices.Concat(files, bindTargets(spec.Binds), ownTargets(spec.Own), spec.Files))
	steps := []func() error{
		func() error { return layOutUsr(root, inUsr) },
		func() error { return layOutDevices(root) },
		func() error { return layOutProc(root, spec.Systemd) },
		func() error { return layOutDirectories(root) },
		func() error { return o.Cgroups.layOut(root) },
		func() error { return ownAll(root, spec.Own) },
		func() error { return bindAll(root, spec.Binds) },
		func() error { return writeAll(root, elsewhere) },
		func() error { return pivot(root) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// bindTargets are files below /usr for programs to be bound over: no folder there can be written to afterwards.
func bindTargets(binds map[string]string) []File {
	var files []File
	for target := range binds {
		if strings.HasPrefix(target, "/usr/") {
			files = append(files, File{Path: target})
		}
	}
	return files
}

// ownTargets have the folders there that are to be the host's own.
func ownTargets(folders []string) []File {
	var files []File
	for _, folder := range folders {
		files = append(files, File{Path: path.Join(folder, ".own")})
	}
	return files
}

// split parts the files below /usr from the others. /bin and its like are links into /usr on merged systems.
func split(files []File) (inUsr, elsewhere []File) {
	for _, f := range files {
		top := "/" + strings.SplitN(f.Path, "/", 3)[1]
		if target, err := os.Readlink(top); err == nil {
			f.Path = path.Join("/", target, strings.TrimPrefix(f.Path, top))
		}
		if strings.HasPrefix(f.Path, "/usr/") {
			inUsr = append(inUsr, f)
		} else {
			elsewhere = append(elsewhere, f)
		}
	}
	return inUsr, elsewhere
}

// pivot makes root the root of this mount namespace and drops the old one.
func pivot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("drop the old root: %w", err)
	}
	return os.Chdir("/")
}
