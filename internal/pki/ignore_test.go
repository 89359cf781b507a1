package pki

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnfitFolder: keys go only where Git can't see them, and nothing else is hidden for that.
func TestUnfitFolder(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string // of the folder of all clusters
		want  string            // empty: fit
	}{
		{"empty", nil, ""},
		{"own", map[string]string{".gitignore": "*\n"}, ""},
		{"with itself in Git", map[string]string{".gitignore": "# keys\r\n* \r\n!/.gitignore\r\n", "README.md": ""}, ""},
		{"all below it", map[string]string{".gitignore": "/*"}, ""},
		{"only some", map[string]string{".gitignore": "*.key\nout *\n"}, ".gitignore: doesn't ignore everything below it, so that keys could be committed"},
		{"all but some", map[string]string{".gitignore": "*\n!*.key\n"}, ".gitignore: doesn't ignore everything below it"},
		{"empty list", map[string]string{".gitignore": ""}, ".gitignore: doesn't ignore everything below it"},
		{"an authority that was brought", map[string]string{"other/ca.crt": "", "other/ca.srl": "", "other/hosts/cp1/rootfs/a": ""}, ""},
		{"sources", map[string]string{"model.go": ""}, "holds model.go, which is no cluster's folder of khagen pki"},
		{"folders of sources", map[string]string{"testdata/a.txt": ""}, "holds testdata, which is no cluster's folder"},
		{"inventories", map[string]string{"prod/hosts": ""}, "holds prod, which is no cluster's folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := folderOf(t, containerNginx, withHosts("nginx", "master0"))
			write(t, f.Root, test.files)
			if test.want == "" {
				f.init(t)
				if _, all, err := f.ignored(); !all || err != nil {
					t.Errorf("not ignored: %v", err)
				}
				return
			}
			f.refused(t, test.want, f.initError)
			f.refused(t, test.want, func() error {
				_, err := f.Renew(context.Background(), Renewal{Admin: true})
				return err
			})
		})
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestUnignored: check tells where keys could be committed, and both init and renew mend it, also where nothing else is to do.
func TestUnignored(t *testing.T) {
	f := folderOf(t, containerNginx, withHosts("nginx", "master0"))
	ignore := filepath.Join(f.Root, ".gitignore")
	f.init(t)
	const missing = ": is missing, so that keys could be committed: khagen pki init container-nginx"
	for what, do := range map[string]func() *Result{
		"init":  func() *Result { return f.init(t) },
		"renew": func() *Result { return f.renew(t, Renewal{Hosts: []string{"nginx"}}) },
	} {
		if err := os.Remove(ignore); err != nil {
			t.Fatal(err)
		}
		if found := f.check(t); !slices.Equal(found, []string{ignore + missing}) {
			t.Errorf("%q", found)
		}
		notes := strings.Join(do().Notes, "\n")
		if want := ignore + ": was missing beside keys: see that Git has none of them (git ls-files "; !strings.Contains(notes, want) {
			t.Errorf("%s: notes %q", what, notes)
		}
		if found := f.check(t); len(found) > 0 {
			t.Errorf("after %s: %q", what, found)
		}
	}
	write(t, f.Root, map[string]string{".gitignore": "*.key\n"})
	const open = ": doesn't ignore everything below it, so that keys could be committed: make it one line, *"
	if found := f.check(t); !slices.Equal(found, []string{ignore + open}) {
		t.Errorf("%q", found)
	}
}

// TestFileForFolder: a file in a folder's place is one error, not one for each file that could be in it.
func TestFileForFolder(t *testing.T) {
	f := folderOf(t, containerNginx)
	write(t, filepath.Dir(f.Root), map[string]string{filepath.Base(f.Root): "readme"})
	f.refused(t, f.Root+": is no folder", f.initError)
	if _, err := f.Check(0); err == nil || err.Error() != f.Root+": is no folder" {
		t.Errorf("%v", err)
	}
}

// TestErrorsInOrder: several errors come in the order of their paths, each time.
func TestErrorsInOrder(t *testing.T) {
	f := folderOf(t, containerNginx)
	for _, file := range []string{"sa.key", "ca.key", "etcd-ca.crt", "sa.pub", "admin.kubeconfig", "ca.crt"} {
		f.put(t, file+"/in-its-place", nil)
	}
	for range 5 {
		lines := strings.Split(f.initError().Error(), "\n")
		if len(lines) != 6 || !slices.IsSorted(lines) {
			t.Errorf("%q", lines)
		}
	}
}
