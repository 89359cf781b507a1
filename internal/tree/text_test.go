package tree

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestText(t *testing.T) {
	lines := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			fmt.Fprintf(&b, "line %d\n", i)
		}
		return b.String()
	}
	tests := []struct {
		name          string
		first, second map[string]map[string]string // cluster → files
		want          string
	}{
		{
			"nothing",
			map[string]map[string]string{"a": hosts(2, "/etc/x", "1\n")},
			map[string]map[string]string{"a": hosts(2, "/etc/x", "1\n")},
			"",
		},
		{
			"one file of one host",
			map[string]map[string]string{"a": {"n1:/etc/x": "1\n2\n3\n4\n5\n"}},
			map[string]map[string]string{"a": {"n1:/etc/x": "1\n2\nthree\n4\n5\n"}},
			`--- a/hosts/n1/rootfs/etc/x
+++ a/hosts/n1/rootfs/etc/x
@@ -1,5 +1,5 @@
 1
 2
-3
+three
 4
 5
`,
		},
		{
			"a hunk of all hosts, and one of each",
			map[string]map[string]string{"a": hosts(12, "/etc/x", "host %d\n"+lines(1, 9)+"old\n")},
			map[string]map[string]string{"a": hosts(12, "/etc/x", "host %d\n"+lines(1, 9)+"new\n")},
			`--- a/hosts/*/rootfs/etc/x
+++ a/hosts/*/rootfs/etc/x
@@ -8,4 +8,4 @@ 12 hosts: node1 … node12
 line 7
 line 8
 line 9
-old
+new
`,
		},
		{
			"two hunks of other hosts each",
			map[string]map[string]string{"a": hosts(3, "/etc/x", "a %d\n"+lines(1, 9)+"old\n")},
			map[string]map[string]string{"a": hosts(3, "/etc/x", "b %d\n"+lines(1, 9)+"new\n")},
			`--- a/hosts/*/rootfs/etc/x
+++ a/hosts/*/rootfs/etc/x
@@ -1,4 +1,4 @@ node1
-a 1
+b 1
 line 1
 line 2
 line 3
@@ -1,4 +1,4 @@ node2
-a 2
+b 2
 line 1
 line 2
 line 3
@@ -1,4 +1,4 @@ node3
-a 3
+b 3
 line 1
 line 2
 line 3
@@ -8,4 +8,4 @@ 3 hosts: node1 … node3
 line 7
 line 8
 line 9
-old
+new
`,
		},
		{
			"added, removed, without a last newline",
			map[string]map[string]string{"a": {"gone": "1\n2", "stays": "x", "empty": ""}},
			map[string]map[string]string{"a": {"new": "", "newer": "1\n", "stays": "x\n"}},
			`--- a/empty
+++ /dev/null
--- a/gone
+++ /dev/null
@@ -1,2 +0,0 @@
-1
-2
\ No newline at end of file
--- /dev/null
+++ a/new
--- /dev/null
+++ a/newer
@@ -0,0 +1 @@
+1
--- a/stays
+++ a/stays
@@ -1 +1 @@
-x
\ No newline at end of file
+x
`,
		},
		{
			"several clusters",
			map[string]map[string]string{"a": hosts(2, "/etc/x", "1\n"), "b": hosts(1, "/etc/x", "1\n")},
			map[string]map[string]string{"a": hosts(2, "/etc/x", "2\n"), "b": hosts(1, "/etc/x", "2\n")},
			`--- */hosts/*/rootfs/etc/x
+++ */hosts/*/rootfs/etc/x
@@ -1 +1 @@ a: 2 hosts: node1, node2; b: node1
-1
+2
`,
		},
		{
			"many clusters",
			map[string]map[string]string{"a": hosts(2, "/etc/x", "1\n"), "b": hosts(1, "/etc/x", "1\n"), "c": {"y": "1\n"}, "d": {"y": "1\n"}, "e": hosts(4, "/etc/x", "1\n")},
			map[string]map[string]string{"a": hosts(2, "/etc/x", "2\n"), "b": hosts(1, "/etc/x", "2\n"), "c": hosts(1, "/etc/x", "3\n"), "d": {"y": "2\n"}, "e": hosts(4, "/etc/x", "2\n")},
			`--- /dev/null
+++ c/hosts/node1/rootfs/etc/x
@@ -0,0 +1 @@
+3
--- */hosts/*/rootfs/etc/x
+++ */hosts/*/rootfs/etc/x
@@ -1 +1 @@ a: 2 hosts: node1, node2; b: node1; e: 4 hosts: node1 … node4
-1
+2
--- c/y
+++ /dev/null
@@ -1 +0,0 @@
-1
--- d/y
+++ d/y
@@ -1 +1 @@
-1
+2
`,
		},
		{
			"the same hunk twice in a file",
			map[string]map[string]string{"a": hosts(3, "/etc/x", "1\n2\n3\nold\n4\n5\n6\nunique\n1\n2\n3\nold\n4\n5\n6\n")},
			map[string]map[string]string{"a": hosts(3, "/etc/x", "1\n2\n3\nnew\n4\n5\n6\nunique\n1\n2\n3\nnew\n4\n5\n6\n")},
			`--- a/hosts/*/rootfs/etc/x
+++ a/hosts/*/rootfs/etc/x
@@ -1,7 +1,7 @@ 3 hosts: node1 … node3
 1
 2
 3
-old
+new
 4
 5
 6
@@ -9,7 +9,7 @@ 3 hosts: node1 … node3
 1
 2
 3
-old
+new
 4
 5
 6
`,
		},
		{
			"not text",
			map[string]map[string]string{"a": {"n1:/etc/x": "\x00\x01"}},
			map[string]map[string]string{"a": {"n1:/etc/x": "\x00\x02"}},
			"--- a/hosts/n1/rootfs/etc/x\n+++ a/hosts/n1/rootfs/etc/x\nnot text, not shown\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// the manifests of the first say that its files are khagen's; the second leaves manifests as they are
			first, second := map[string][]File{}, map[string][]File{}
			for name, contents := range test.first {
				first[name] = cluster(name, contents)
			}
			for name, contents := range test.second {
				second[name] = plainFiles(contents)
			}
			d := diffOf(t, first, second)
			got := withoutManifests(d)
			if diff := cmp.Diff(test.want, string(got.Text("", false))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Empty() != (test.want == "") {
				t.Error("Empty is wrong")
			}
		})
	}
}

func TestTextModes(t *testing.T) {
	script := func(mode os.FileMode, content string) map[string][]File {
		return map[string][]File{"a": append(cluster("a", map[string]string{"n1:/etc/run": "x\n"})[1:],
			File{Host: "n1", Path: "/etc/run", Mode: mode, Content: []byte(content)})}
	}
	for _, test := range []struct {
		name, want    string
		first, second map[string][]File
	}{
		{"mode", "\tnew mode 0755\n", script(0o644, "1\n"), script(0o700, "1\n")},
		{"mode and content", "\tnew mode 0644\n@@ -1 +1 @@\n-1\n+2\n", script(0o755, "1\n"), script(0o600, "2\n")},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := "--- a/hosts/n1/rootfs/etc/run\n+++ a/hosts/n1/rootfs/etc/run" + test.want
			if diff := cmp.Diff(want, string(diffOf(t, test.first, test.second).Text("", false))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestTextColour(t *testing.T) {
	d := diffOf(t, nil, map[string][]File{"a": {{Path: "x", Content: []byte("1\n"), Mode: 0o755}}})
	want := "\x1b[1m--- /dev/null\x1b[m\n\x1b[1m+++ a/x\tmode 0755\x1b[m\n\x1b[36m@@ -0,0 +1 @@\x1b[m\n\x1b[32m+1\x1b[m\n"
	if got := string(d.Text("", true)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The diff of files of single hosts is one that patch(1) and git apply take.
func TestTextApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git here")
	}
	out := filepath.Join(t.TempDir(), "out")
	first := map[string][]File{"a": cluster("a", map[string]string{"README.md": "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "n1:/etc/x": "1\n2", "n2:/etc/y": "x\n"})}
	second := map[string][]File{"a": cluster("a", map[string]string{"README.md": "0\n1\n2\n3\n4\n5\n6\n7\n9\n10\n", "n1:/etc/x": "2\n", "n1:/etc/z": "z"})}
	second["a"] = append(second["a"], File{Path: "run", Content: []byte("x\n"), Mode: 0o755})
	build(t, out, first)
	patch := diffTo(t, out, second).Text("./out/", false)
	apply := exec.Command(git, "apply", "-p0", "-")
	apply.Dir = filepath.Dir(out)
	apply.Stdin = strings.NewReader(string(patch))
	if output, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, output, patch)
	}
	if err := os.Chmod(filepath.Join(out, "a", "run"), 0o755); err != nil { // which the patch only says
		t.Fatal(err)
	}
	same(t, out, expected(second))
}

// TestTextHostsFirst: what reaches hosts and the cluster stands before what says it again.
func TestTextHostsFirst(t *testing.T) {
	d := diffOf(t, map[string][]File{}, map[string][]File{"a": cluster("a", map[string]string{
		"cp1:/etc/x": "x\n", "README.md": "r\n", "ansible/site.yml": "s\n", "cluster/o.yaml": "o\n", "salt/top.sls": "t\n",
	})})
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"as it was":   {string(d.Text("out", false)), []string{"README.md", "ansible/site.yml", "cluster/o.yaml", "hosts/cp1/manifest.json", "hosts/cp1/rootfs/etc/x", "manifest.json", "salt/top.sls"}},
		"hosts first": {string(d.TextHostsFirst("out", false)), []string{"cluster/o.yaml", "hosts/cp1/rootfs/etc/x", "README.md", "ansible/site.yml", "hosts/cp1/manifest.json", "manifest.json", "salt/top.sls"}},
	} {
		var got []string
		for line := range strings.Lines(tc.text) {
			if file, ok := strings.CutPrefix(line, "+++ out/a/"); ok {
				got = append(got, strings.TrimSpace(file))
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
