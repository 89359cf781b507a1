package schema

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// asOther calls f as a user whom permissions stop, also where the test runs as root.
func asOther(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := unix.SetfsuidRetUid(nobody); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

// TestUnreadable: what can't be read is an error with its name, never left out.
func TestUnreadable(t *testing.T) {
	definition := "package fleet\n\ncluster: {name: \"a\", hosts: cp1: address: \"10.0.0.1\", machine: registries: r: caFile: \"files/ca.crt\"}\n"
	cases := []struct {
		path       string // below overlays, made unreadable
		find, load string
	}{
		{"b", "overlays/b: not a readable folder: permission denied", ""},
		{"a", "overlays/a: not a readable folder: permission denied", "overlays/a: not a readable folder: permission denied"},
		{"a/cluster.cue", "", "overlays/a/cluster.cue: can't be read: permission denied"},
		{"base.cue", "", "overlays/base.cue: can't be read: permission denied"},
		{"cue.mod/module.cue", "", "overlays/cue.mod/module.cue: permission denied\n  " + moduleHint},
		{"a/files/ca.crt", "", "overlays/a/cluster.cue:3:79: machine.registries.r.caFile: \"files/ca.crt\": permission denied\n  the path is relative to overlays/a"},
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			root := t.TempDir()
			if err := os.Chmod(filepath.Dir(root), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Chdir(root)
			writeFile(t, "overlays/cue.mod/module.cue", "module: \"fleet.example\"\nlanguage: version: \"v0.17.0\"\n")
			writeFile(t, "overlays/base.cue", fleetBase)
			writeFile(t, "overlays/a/cluster.cue", definition)
			writeFile(t, "overlays/a/files/ca.crt", "")
			writeFile(t, "overlays/b/c/cluster.cue", "")
			path := filepath.Join("overlays", c.path)
			if err := os.Chmod(path, 0); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.Chmod(path, 0o755); err != nil {
					t.Error(err)
				}
			}()
			asOther(t, func() {
				_, err := Find("overlays")
				if diff := cmp.Diff(c.find, text(err)); diff != "" {
					t.Error(diff)
				}
				_, err = Load("overlays/a")
				if diff := cmp.Diff(c.load, text(err)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
