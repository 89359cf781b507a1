package schema

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ownDefinition = "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\"}\n"

// TestOwnFileLinks: what hosts get never lies outside of its files/.
func TestOwnFileLinks(t *testing.T) {
	const at = "overlays/a/files/all/rootfs/etc/x"
	cases := []struct{ name, target, want string }{
		{"inside", "../../../ca.crt", ""},
		{"to the definition", "../../../../cluster.cue", at + ": a symbolic link that leads out of files/\n  put a copy here; what clusters share goes into files/ of a folder above them"},
		{"to the fleet's", "../../../../../files/ca.crt", at + ": a symbolic link that leads out of files/\n  put a copy here; what clusters share goes into files/ of a folder above them"},
		{"absolute", "/etc/passwd", at + ": a symbolic link that leads out of files/\n  put a copy here; what clusters share goes into files/ of a folder above them"},
		{"to a folder", "../etc", at + ": a symbolic link to a folder\n  make it a folder"},
		{"to nothing", "nowhere", at + ": can't be read: no such file or directory"},
		{"to itself", "x", at + ": can't be read: too many levels of symbolic links"},
		{"a device", "/dev/null", at + ": a symbolic link that leads out of files/\n  put a copy here; what clusters share goes into files/ of a folder above them"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ownCluster(t)
			writeFile(t, "overlays/files/ca.crt", "x")
			writeFile(t, "overlays/a/files/ca.crt", "x")
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(c.target, at); err != nil {
				t.Fatal(err)
			}
			_, err := Load("overlays/a")
			if diff := cmp.Diff(c.want, textOf(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOwnFilesChangedSince: Read looks again at what it opens.
func TestOwnFilesChangedSince(t *testing.T) {
	const at = "overlays/a/files/all/rootfs/etc/x"
	ownCluster(t)
	writeFile(t, at, "hello")
	c, err := Load("overlays/a")
	if err != nil || len(c.OwnFiles) != 1 {
		t.Fatal(c, err)
	}
	if content, err := c.OwnFiles[0].Read(); string(content) != "hello" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
	writeFile(t, at, strings.Repeat("x", maxOwnFile+1))
	if _, err := c.OwnFiles[0].Read(); !strings.HasPrefix(textOf(err), at+": 1048577 bytes; 1048576 (1 MiB) is the most\n") {
		t.Error(err)
	}
	if _, err := Load("overlays/a"); !strings.HasPrefix(textOf(err), at+": 1048577 bytes; 1048576 (1 MiB) is the most\n") {
		t.Error(err)
	}
	if err := os.Remove(at); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", at); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OwnFiles[0].Read(); !strings.HasPrefix(textOf(err), at+": a symbolic link that leads out of files/") {
		t.Error(err)
	}
}

// TestSettingsPositions: problems that are found later point at settings, those of patterns and of parents included.
func TestSettingsPositions(t *testing.T) {
	ownCluster(t)
	writeFile(t, "overlays/a/files/all/rootfs/etc/x", "")
	writeFile(t, "overlays/a/files/all/rootfs/opt/x", "")
	writeFile(t, "overlays/a/files/all/rootfs/var/x", "")
	writeFile(t, "overlays/files.cue", "package fleet\n\nfiles: \"/var/x\": mode: \"0600\"\n")
	writeFile(t, "overlays/a/files.cue", "package fleet\n\nfiles: {\n\t\"/etc/x\": {mode: \"0600\", replace: true}\n\t[=~\"^/opt/\"]: owner: \"a:b\"\n}\n")
	c, err := Load("overlays/a")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]FileSettings{"/etc/x": {Mode: "0600", Replace: true}, "/opt/x": {Owner: "a:b"}, "/var/x": {Mode: "0600"}}
	if diff := cmp.Diff(want, c.FileSettings); diff != "" {
		t.Error(diff)
	}
	for _, p := range []struct{ path, setting, want string }{
		{"/etc/x", "replace", "overlays/a/files.cue:4:27"},
		{"/etc/x", "owner", "overlays/a/files.cue:4:2"},
		{"/opt/x", "owner", "overlays/a/files.cue:5:16"},
		{"/var/x", "mode", "overlays/files.cue:3:18"},
	} {
		if got := c.Position("files", p.path, p.setting).String(); got != p.want {
			t.Errorf("%s %s: %s, want %s", p.path, p.setting, got, p.want)
		}
	}
	if !c.Wrote("files", "/opt/x", "owner") || c.Wrote("files", "/opt/x", "mode") {
		t.Error("what was written isn't known")
	}
}

// ownCluster makes the cluster overlays/a in a folder of its own.
func ownCluster(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	writeFile(t, "overlays/cue.mod/module.cue", "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
	writeFile(t, "overlays/base.cue", fleetBase)
	writeFile(t, "overlays/a/cluster.cue", ownDefinition)
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
