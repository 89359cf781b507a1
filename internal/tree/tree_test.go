package tree

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cluster makes the files of a cluster from "host:path" (or "path" for a file of the whole cluster) and contents, with
// manifests that list them.
func cluster(name string, contents map[string]string) []File {
	var files []File
	manifests := map[string]*Manifest{"": {Cluster: name}}
	for _, key := range slices.Sorted(maps.Keys(contents)) {
		f := File{Path: key, Kind: KindFile, Mode: 0o644, Content: []byte(contents[key]), Source: "test"}
		if host, path, ok := cutHost(key); ok {
			f.Host, f.Path = host, path
		}
		files = append(files, f)
		if manifests[f.Host] == nil {
			manifests[f.Host] = &Manifest{Cluster: name, Host: f.Host}
		}
		m := manifests[f.Host]
		m.Files = append(m.Files, ManifestFile{Path: f.Path, Kind: f.Kind, Mode: "0644", Owner: "root:root", Source: f.Source})
	}
	for _, host := range slices.Sorted(maps.Keys(manifests)) {
		files = append(files, File{Host: host, Path: manifestName, Kind: KindManifest, Content: EncodeManifest(manifests[host])})
	}
	return files
}

func cutHost(key string) (host, path string, ok bool) {
	for i := range key {
		if key[i] == ':' {
			return key[:i], key[i+1:], true
		}
	}
	return "", key, false
}

// build opens out, brings the clusters there up to date, and closes it.
func build(t *testing.T, dir string, clusters map[string][]File, options ...func(*Out)) {
	t.Helper()
	if err := tryBuild(dir, clusters, options...); err != nil {
		t.Fatal(err)
	}
}

func tryBuild(dir string, clusters map[string][]File, options ...func(*Out)) (err error) {
	o, err := Open(dir)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := o.Close(); err == nil {
			err = closeErr
		}
	}()
	for _, option := range options {
		option(o)
	}
	if err := stageAll(o, clusters); err != nil {
		return err
	}
	return o.Commit()
}

// stageAll stages these clusters, and the removal of all others.
func stageAll(o *Out, clusters map[string][]File) error {
	for _, name := range slices.Sorted(maps.Keys(clusters)) {
		p, err := o.Plan(name, clusters[name])
		if err != nil {
			return err
		}
		if err := o.Stage(p); err != nil {
			return err
		}
	}
	plans, err := o.Prune(slices.Collect(maps.Keys(clusters)))
	if err != nil {
		return err
	}
	for _, p := range plans {
		if err := o.Stage(p); err != nil {
			return err
		}
	}
	return nil
}

// oneByOne makes a build move its files one by one, as where folders can't be exchanged.
func oneByOne(o *Out) { o.exchange = func(_, _ string) error { return errNoExchange } }

// both runs a test with folders exchanged and with files moved one by one.
func both(t *testing.T, test func(t *testing.T, option func(*Out))) {
	t.Run("exchange", func(t *testing.T) { test(t, func(*Out) {}) })
	t.Run("one by one", func(t *testing.T) { test(t, oneByOne) })
}

// needsExchange skips a test of what only Linux can do.
func needsExchange(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("folders can't be exchanged here")
	}
}

// snapshot gives everything below a folder: contents by path, links as "-> target", folders that are empty as "/".
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		switch {
		case e.IsDir():
			if entries, _ := os.ReadDir(path); len(entries) == 0 && rel != "." {
				found[rel+"/"] = ""
			}
		case e.Type() == fs.ModeSymlink:
			target, _ := os.Readlink(path)
			found[rel] = "-> " + target
		default:
			data, err := os.ReadFile(path)
			found[rel] = string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// expected gives what snapshot has to find below out/ for these clusters.
func expected(clusters map[string][]File) map[string]string {
	want := map[string]string{}
	for name, files := range clusters {
		for _, f := range files {
			want[name+"/"+f.TreePath()] = string(f.Content)
		}
	}
	return want
}

func same(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
		t.Fatalf("out/ differs (-want +got):\n%s", diff)
	}
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestBuild(t *testing.T) {
	both(t, func(t *testing.T, option func(*Out)) {
		out := filepath.Join(t.TempDir(), "out")
		states := []map[string][]File{
			{
				"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "1\n", "n2:/etc/x": "2\n", "n2:/etc/y/z": "z\n"}),
				"b": cluster("b", map[string]string{"README.md": "b\n"}),
			},
			{ // a changed file, a removed host, a new host, a removed and a new cluster
				"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "one\n", "n3:/etc/x": "3\n"}),
				"c": cluster("c", map[string]string{"README.md": "c\n"}),
			},
			{ // a file becomes a folder
				"a": cluster("a", map[string]string{"README.md/x": "a\n", "n1:/etc/x/y/z": "one\n", "n3:/etc/x": "3\n"}),
			},
			{ // a folder becomes a file
				"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "one\n", "n3:/etc": "3\n"}),
			},
			{ // one host is left
				"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "one\n"}),
			},
			{ // none is
				"a": cluster("a", map[string]string{"README.md": "a\n"}),
			},
			{ // the first comes
				"a": cluster("a", map[string]string{"README.md": "a\n", "n1:/etc/x": "one\n"}),
			},
			{},
		}
		for i, clusters := range states {
			build(t, out, clusters, option)
			t.Log("state", i)
			same(t, out, expected(clusters))
		}
	})
}
