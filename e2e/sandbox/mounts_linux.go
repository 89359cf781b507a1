package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// machineLinks are the names at the root of a merged-usr system that lead into /usr, and machineFiles what programs
// in /usr expect in /etc. Those that the machine lacks are left out.
var (
	machineLinks = []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"}
	machineFiles = []string{"/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"}
	devices      = []string{"null", "zero", "full", "random", "urandom", "tty"}
)

// layOutUsr shows the machine's /usr with the host's files over it. The layer is below an overlay that can't be
// written to, since an ordinary user may not write into folders that root owns.
func layOutUsr(root string, files []File) error {
	layer, usr := filepath.Join(root, ".usr"), filepath.Join(root, "usr")
	// Programs look at who owns these folders; in an ordinary user's world the machine's own belong to nobody.
	for _, dir := range []string{layer + "/usr/bin", layer + "/usr/sbin", usr} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := writeAll(layer, files); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s/usr:/usr", layer)
	if err := unix.Mount("overlay", usr, "overlay", unix.MS_RDONLY, options); err != nil {
		return fmt.Errorf("mount an overlay on /usr: %w", err)
	}
	for _, link := range machineLinks {
		info, err := os.Lstat(link)
		if err != nil {
			continue
		}
		if info.Mode()&os.ModeSymlink == 0 {
			err = bind(link, filepath.Join(root, link))
		} else if target, readErr := os.Readlink(link); readErr == nil {
			err = os.Symlink(target, filepath.Join(root, link))
		}
		if err != nil {
			return err
		}
	}
	for _, file := range machineFiles {
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if err := bind(file, filepath.Join(root, file)); err != nil {
			return err
		}
	}
	return nil
}

func layOutDevices(root string) error {
	dev := filepath.Join(root, "dev")
	if err := os.Mkdir(dev, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dev, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on /dev: %w", err)
	}
	for _, dir := range []string{"shm", "pts"} {
		if err := os.MkdirAll(filepath.Join(dev, dir), 0o1777); err != nil {
			return err
		}
	}
	if err := unix.Mount("devpts", dev+"/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=666"); err != nil {
		return fmt.Errorf("mount /dev/pts: %w", err)
	}
	for _, name := range devices {
		target := filepath.Join(dev, name)
		if err := os.WriteFile(target, nil, 0o666); err != nil {
			return err
		}
		// Not read-only: that would forbid writing to the device.
		if err := unix.Mount("/dev/"+name, target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind /dev/%s: %w", name, err)
		}
	}
	links := map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "ptmx": "pts/ptmx",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dev, name)); err != nil {
			return err
		}
	}
	return nil
}

// layOutProc shows the world's /proc, or that of the host's own processes. The kernel's settings are the machine's and
// stay as they are, but those of the network belong to the host.
func layOutProc(root string, own bool) error {
	proc := filepath.Join(root, "proc")
	if err := os.Mkdir(proc, 0o555); err != nil {
		return err
	}
	if own {
		if err := unix.Mount("proc", proc, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("mount /proc: %w", err)
		}
	} else if err := unix.Mount("/proc", proc, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind /proc: %w", err)
	}
	for _, name := range []string{"sys", "sysrq-trigger", "irq", "bus", "fs"} {
		if _, err := os.Stat("/proc/" + name); err != nil {
			continue
		}
		if err := bind("/proc/"+name, filepath.Join(proc, name)); err != nil {
			return err
		}
	}
	if err := unix.Mount("/proc/sys/net", filepath.Join(proc, "sys/net"), "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind /proc/sys/net: %w", err)
	}
	return nil
}

func layOutDirectories(root string) error {
	for _, dir := range []string{"etc", "root", "run/lock", "sys", "var/lib", "var/log", "var/cache"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	for _, dir := range []string{"tmp", "var/tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o777); err != nil {
			return err
		}
	}
	return os.Symlink("/run", filepath.Join(root, "var/run"))
}

func bindAll(root string, binds map[string]string) error {
	for target, source := range binds {
		if err := bind(source, filepath.Join(root, target)); err != nil {
			return err
		}
	}
	return nil
}

// ownAll puts folders of the host over those of /usr, which can't be written to.
func ownAll(root string, folders []string) error {
	for _, folder := range folders {
		own := filepath.Join(root, ".own", folder)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(own, filepath.Join(root, folder), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount an own %s: %w", folder, err)
		}
	}
	return nil
}

// bind shows a file or folder of the machine, with all that is mounted below it, read-only at target, which it makes.
func bind(source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if _, err := os.Stat(target); err != nil {
		if err := makeTarget(target, info.IsDir()); err != nil {
			return err
		}
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", source, err)
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, readOnly); err != nil {
		return fmt.Errorf("make %s read-only: %w", source, err)
	}
	return nil
}

func makeTarget(target string, dir bool) error {
	if dir {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, nil, 0o644)
}

// writeAll writes files below root, each with its mode and owner.
func writeAll(root string, files []File) error {
	owners := newOwners()
	for _, f := range files {
		if !filepath.IsAbs(f.Path) || slices.Contains(strings.Split(f.Path, "/"), "..") {
			return fmt.Errorf("the path of a file is not absolute and clean: %q", f.Path)
		}
		target := filepath.Join(root, f.Path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, f.Content, 0o600); err != nil {
			return err
		}
		uid, gid, err := owners.lookUp(f.Owner)
		if err != nil {
			return fmt.Errorf("owner of %s: %w", f.Path, err)
		}
		if err := os.Chown(target, uid, gid); err != nil {
			return err
		}
		mode := f.Mode.Perm()
		if mode == 0 {
			mode = 0o644
		}
		if err := os.Chmod(target, mode); err != nil {
			return err
		}
	}
	return nil
}
