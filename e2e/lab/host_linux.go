package lab

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// HostSpec describes a host.
type HostSpec struct {
	Name      string            // its host name, as uname -n says it
	Addresses []netip.Prefix    // of its one interface
	Interface string            // how that is called; eth0 where empty
	Files     []File            // that are there before it boots for the first time
	Binds     map[string]string // files and folders of the machine that it can read: absolute path on the host → on the machine
}

// File is a file of a host that root owns.
type File struct {
	Path    string      // absolute
	Mode    fs.FileMode // permission bits; 0644 where 0
	Content []byte
}

// Host is a machine, on or off.
type Host struct {
	Name string
	spec HostSpec
	lab  *Lab
	dir  string // has root, where its files are seen, and what lies behind that
	port string // the bridge's end of its cable; its network has the same name

	leader atomic.Int64  // its systemd, as the world sees it; 0 while it is off
	nspawn *exec.Cmd     // nil before the first boot
	ended  chan struct{} // closed when nspawn has ended
}

// dataFolders are where programs make overlays of their own, which an overlay can't carry, or need a real disk's syncing.
var dataFolders = []string{"/var/lib/containerd", "/var/lib/containers", "/var/lib/etcd", "/var/lib/kubelet"}

func (h *Host) interfaceName() string { return cmp.Or(h.spec.Interface, "eth0") }

// Root is the folder in which the test sees the host's files, also while it is off, but for those in dataFolders.
func (h *Host) Root() string { return filepath.Join(h.dir, "root") }

// data is the folder of the machine behind one of dataFolders.
func (h *Host) data(path string) string { return filepath.Join(h.dir, "data", filepath.Base(path)) }

// layOut makes the host's disk: the image, with a layer of its own over it.
func (h *Host) layOut(ctx context.Context) error {
	upper, work := filepath.Join(h.dir, "upper"), filepath.Join(h.dir, "work")
	for _, folder := range []string{h.Root(), upper, work} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", h.lab.image, upper, work)
	if err := unix.Mount("overlay", h.Root(), "overlay", 0, options); err != nil {
		return fmt.Errorf("mount an overlay: %w", err)
	}
	for _, path := range dataFolders {
		for _, folder := range []string{h.data(path), filepath.Join(h.Root(), path)} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
	}
	keys, err := h.keyFiles(ctx)
	if err != nil {
		return err
	}
	for _, f := range slices.Concat(machineFiles(), h.ownFiles(), keys, h.spec.Files) {
		if err := h.write(f); err != nil {
			return err
		}
	}
	return nil
}

// ownFiles are those that tell one host from another.
func (h *Host) ownFiles() []File {
	hosts := "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
	for _, other := range h.lab.spec.Hosts {
		short, _, _ := strings.Cut(other.Name, ".")
		for _, a := range other.Addresses {
			hosts += fmt.Sprintf("%s %s\n", a.Addr(), strings.Join(slices.Compact([]string{other.Name, short}), " "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.lab.spec.Names)) {
		hosts += fmt.Sprintf("%s %s\n", h.lab.spec.Names[name], name)
	}
	return []File{
		{Path: "/etc/hostname", Content: []byte(h.Name + "\n")},
		{Path: "/etc/hosts", Content: []byte(hosts)},
		{Path: "/etc/machine-id", Content: fmt.Appendf(nil, "%.16x\n", sha256.Sum256([]byte(h.Name)))},
	}
}

// write writes a file while the host is off.
func (h *Host) write(f File) error {
	target := filepath.Join(h.Root(), f.Path)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(target, f.Content, 0o600); err != nil {
		return err
	}
	return os.Chmod(target, cmp.Or(f.Mode.Perm(), 0o644))
}

// errOff is that the host has no power.
var errOff = errors.New("the host is off")

// Command prepares a program of the host to be run there, with a small environment and / as its folder. It ends with the
// host.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	// Without power there is no process 0, and nsenter says so.
	enter := []string{"--target=" + strconv.FormatInt(h.leader.Load(), 10), "--all", "--wd", "--", name}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// Run runs a program on the host and gives what it says, on both outputs and without space around it. The error has
// that, too.
func (h *Host) Run(ctx context.Context, name string, args ...string) (string, error) {
	if h.leader.Load() == 0 {
		return "", fmt.Errorf("run %s on %s: %w", name, h.Name, errOff)
	}
	output, err := h.Command(ctx, name, args...).CombinedOutput()
	text := string(bytes.TrimSpace(output))
	if err != nil {
		return text, fmt.Errorf("run %s %s on %s: %w: %s", name, strings.Join(args, " "), h.Name, err, text)
	}
	return text, nil
}

// discard leaves nothing of the host but the lab's folder.
func (h *Host) discard() error {
	err := h.Crash()
	if gone := unix.Unmount(h.Root(), unix.MNT_DETACH); gone != nil && !errors.Is(gone, unix.EINVAL) && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("unmount the disk of %s: %w", h.Name, gone))
	}
	return err
}
