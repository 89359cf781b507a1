package tree

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const namespaceEnv = "KHAGEN_TREE_NAMESPACE"

// inNamespace runs the test that calls it once more, as root of user and mount namespaces of its own, and tells whether
// it is that second run. It works for ordinary users.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(namespaceEnv) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), namespaceEnv+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	output, err := cmd.CombinedOutput()
	switch {
	case cmd.ProcessState == nil && os.Getenv("CI") != "true":
		t.Skip("no namespaces here:", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, output)
	case !strings.Contains(string(output), "--- PASS: "+t.Name()):
		t.Fatalf("the test did not run:\n%s", output)
	}
	return false
}

// mount mounts something until the test is over.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		t.Fatalf("mount %s: %v", kind, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func TestFullDisk(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	big := strings.Repeat("x", 100_000)
	first := map[string][]File{
		"a": cluster("a", map[string]string{"README.md": "a\n"}),
		"b": cluster("b", map[string]string{"README.md": "b\n", "n1:/etc/big": big + "1"}),
	}
	many := map[string]string{}
	for i := range 60 {
		many[fmt.Sprintf("n%d:/etc/small", i)] = "x\n"
	}
	for name, limit := range map[string]struct {
		option string
		second map[string]string
	}{
		"bytes":  {"size=300k", map[string]string{"README.md": "B\n", "n1:/etc/big": big + big + "2"}},
		"inodes": {"nr_inodes=60", many},
	} {
		both(t, func(t *testing.T, option func(*Out)) {
			t.Run(name, func(t *testing.T) {
				dir := t.TempDir()
				mount(t, "tmpfs", dir, "tmpfs", 0, limit.option)
				out := filepath.Join(dir, "out")
				build(t, out, first, option)
				err := tryBuild(out, map[string][]File{"a": cluster("a", map[string]string{"README.md": "A\n"}), "b": cluster("b", limit.second)}, option)
				if err == nil || !strings.Contains(err.Error(), "no space left on device") {
					t.Fatal(err)
				}
				same(t, out, expected(first))
				build(t, out, first, option)
			})
		})
	}
}

func TestReadOnly(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	first := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})
	build(t, out, first)
	mount(t, dir, dir, "", unix.MS_BIND, "")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	build(t, out, first) // nothing to write
	second := clustersOf(map[string]string{"README.md": "A\n"})
	if err := tryBuild(out, second); err == nil || !strings.Contains(err.Error(), "read-only file system") {
		t.Error("a build in a read-only folder:", err)
	}
	if err := tryBuild(filepath.Join(dir, "new"), second); err == nil || !strings.Contains(err.Error(), "read-only file system") {
		t.Error("a build of a new folder in a read-only one:", err)
	}
	same(t, out, expected(first))
	view, err := View(out)
	if err != nil {
		t.Fatal(err)
	}
	p, err := view.Plan("a", second["a"])
	if err != nil || p.Summary().String() != "a: 1 file to change, 2 to remove" {
		t.Error(p.Summary(), err)
	}
}

// A cluster's folder, or one inside, that is a mount point is refused, also where it is of the same file system.
func TestMountPoint(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, place := range []string{"a", "a/hosts/n1"} {
		for _, kind := range []string{"tmpfs", "bind"} {
			t.Run(kind+" at "+place, func(t *testing.T) {
				dir := t.TempDir()
				out := filepath.Join(dir, "out")
				first := clustersOf(map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n"})
				build(t, out, first)
				if kind == "bind" {
					mount(t, t.TempDir(), filepath.Join(out, place), "", unix.MS_BIND, "")
				} else {
					mount(t, "tmpfs", filepath.Join(out, place), "tmpfs", 0, "")
				}
				before := snapshot(t, out)
				for _, clusters := range []map[string][]File{first, clustersOf(map[string]string{"README.md": "b\n"})} {
					err := tryBuild(out, clusters)
					if err == nil || !strings.Contains(err.Error(), "out/"+place+": is a mount point") {
						t.Error(err)
					}
				}
				same(t, out, before)
			})
		}
	}
}

// Files that can't be linked, such as one that is a mount point, are copied.
func TestCopied(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	out := filepath.Join(t.TempDir(), "out")
	build(t, out, clustersOf(map[string]string{"README.md": "a\n"}))
	other := filepath.Join(t.TempDir(), "other")
	write(t, other, "mine\n")
	notes := filepath.Join(out, "a/NOTES")
	write(t, notes, "")
	if err := unix.Mount(other, notes, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(notes, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	o, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := stageAll(o, clustersOf(map[string]string{"README.md": "b\n"})); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(out, ".stage-a/tree/NOTES")); string(data) != "mine\n" {
		t.Errorf("%q, %v", data, err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}

	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	if err := os.Symlink("/nowhere", from); err != nil {
		t.Fatal(err)
	}
	if err := new(stage).copy(from, to, nil); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(to); target != "/nowhere" {
		t.Errorf("%q, %v", target, err)
	}
}

// Before Linux 5.6, and on other systems, mount points and links are found in another way.
func TestOpenatSameDevice(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	mount(t, "tmpfs", filepath.Join(dir, "mount"), "tmpfs", 0, "")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "folder"), 0o755), os.Symlink("folder", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	parent, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer parent.close()
	for name, want := range map[string][]error{
		"folder": {nil}, "mount": {unix.EXDEV}, "link": {unix.ELOOP, unix.ENOTDIR}, "missing": {unix.ENOENT},
	} {
		fd, err := openatSameDevice(parent.fd, name, folderFlags)
		if !slices.Contains(want, err) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if err == nil {
			unix.Close(fd)
		}
	}
}

// Folders from a lower layer of overlayfs can't be exchanged, which shows only when one tries.
func TestOverlay(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "")
	for _, name := range []string{"lower", "upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	states := []map[string][]File{generation(2), generation(3), generation(4), nil}
	build(t, filepath.Join(dir, "lower", "out"), states[0])
	write(t, filepath.Join(dir, "lower/out/a/NOTES"), "mine\n")
	merged := filepath.Join(dir, "merged")
	mount(t, "overlay", merged, "overlay", 0, fmt.Sprintf("userxattr,lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir))
	out := filepath.Join(merged, "out")
	if err := exchange(filepath.Join(out, "a"), filepath.Join(out, "b")); !errors.Is(err, errNoExchange) {
		t.Log("this overlayfs exchanges folders of lower layers:", err)
	}
	for _, clusters := range states {
		build(t, out, clusters)
		want := expected(clusters)
		want["a/NOTES"] = "mine\n"
		same(t, out, want)
	}
}
