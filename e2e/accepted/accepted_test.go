package accepted

import (
	"errors"
	"flag"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// keepIn has a test remember in a folder of its own, however often go test was told to run it.
func keepIn(t *testing.T, folder string) {
	t.Helper()
	place, count := remembered, anew
	remembered = func() (string, error) { return folder, nil }
	anew = func() bool { return false }
	t.Cleanup(func() { remembered, anew = place, count })
}

func TestAlready(t *testing.T) {
	keepIn(t, t.TempDir())
	var ran []string
	once := func(name string, parts ...any) {
		t.Run(name, func(t *testing.T) {
			if !Already(t, parts...) {
				ran = append(ran, name)
			}
		})
	}
	once("first", "check", []byte("content"))
	once("again", "check", []byte("content"))
	once("another file", "check", []byte("contents"))
	once("another check", "checks", []byte("content"))
	once("again", "checks", []byte("content"))
	if want := []string{"first", "another file", "another check"}; !slices.Equal(ran, want) {
		t.Errorf("%q ran, want %q", ran, want)
	}
}

// TestAlreadyOfFiles: whatever is different about a host's file makes it another.
func TestAlreadyOfFiles(t *testing.T) {
	keepIn(t, t.TempDir())
	ran := 0
	once := func(h rendered.Host) {
		t.Run("once", func(t *testing.T) {
			if !Already(t, &h) {
				ran++
			}
		})
	}
	whole := rendered.Host{Name: "lb1", Files: []tree.File{{Path: "/etc/haproxy/haproxy.cfg", Mode: 0o644, Content: []byte("global\n")}}}
	once(whole)
	for i, change := range []func(f *tree.File){
		func(f *tree.File) { f.Content = []byte("global \n") },
		func(f *tree.File) { f.Mode = 0o640 },
		func(f *tree.File) { f.Owner = "root:haproxy" },
		func(f *tree.File) { f.Path = "/etc/haproxy/other.cfg" },
		func(f *tree.File) { f.Kind = tree.KindSecret },
	} {
		changed := whole
		changed.Files = slices.Clone(whole.Files)
		change(&changed.Files[0])
		once(changed)
		once(changed)
		if ran != i+2 {
			t.Errorf("after change %d: ran %d times", i, ran)
		}
	}
	once(whole)
	whole.Programs = []tree.Program{{Path: "/usr/local/bin/etcd"}}
	once(whole)
	if ran != 7 {
		t.Errorf("ran %d times, want 7", ran)
	}
}

// refuses is a test that fails.
type refuses struct{ testing.TB }

func (refuses) Failed() bool { return true }

// What fails or is skipped has accepted nothing.
func TestAlreadyForgets(t *testing.T) {
	keepIn(t, t.TempDir())
	ran := 0
	for range 2 {
		t.Run("fails", func(t *testing.T) {
			if !Already(refuses{t}, "check") {
				ran++
			}
		})
		t.Run("skips", func(t *testing.T) {
			if !Already(t, "check") {
				ran++
			}
			t.Skip()
		})
	}
	if ran != 4 {
		t.Errorf("they ran %d times, want 4", ran)
	}
}

// TestAlreadyWithoutMemory: where nothing can be remembered, all runs.
func TestAlreadyWithoutMemory(t *testing.T) {
	keepIn(t, filepath.Join(t.TempDir(), "none"))
	ran := 0
	for range 2 {
		t.Run("once", func(t *testing.T) {
			if !Already(t, "check") {
				ran++
			}
		})
	}
	if ran != 2 {
		t.Errorf("it ran %d times", ran)
	}
}

// TestRefused: what was accepted once and is refused now is no longer known.
func TestRefused(t *testing.T) {
	keepIn(t, t.TempDir())
	t.Run("accepts", func(t *testing.T) { Already(t, "check") })
	anew = func() bool { return true }
	t.Run("refuses", func(t *testing.T) { Already(refuses{t}, "check") })
	anew = func() bool { return false }
	if Before("check") {
		t.Error("it is still known")
	}
}

// TestNarrowed: who asks for a part of a test has nothing remembered of the whole.
func TestNarrowed(t *testing.T) {
	for name, value := range map[string]string{"run": "TestUnits/one", "skip": "two", "failfast": "true"} {
		f := flag.Lookup("test." + name)
		before := f.Value.String()
		set := func(value string) {
			if err := f.Value.Set(value); err != nil {
				t.Fatal(err)
			}
		}
		set(value)
		if !narrowed("TestUnits") {
			t.Errorf("-%s=%s asks for all", name, value)
		}
		if narrowed("TestUnits/one") != (name != "run") {
			t.Errorf("-%s=%s and the whole of a part: %t", name, value, narrowed("TestUnits/one"))
		}
		set(before)
	}
}

// TestNarrowedBesides: that a part of one test is asked for makes no part of another.
func TestNarrowedBesides(t *testing.T) {
	run := flag.Lookup("test.run").Value
	before := run.String()
	set := func(value string) {
		if err := run.Set(value); err != nil {
			t.Fatal(err)
		}
	}
	set("TestWords|TestDeliver/(one|two)")
	defer set(before)
	for name, want := range map[string]bool{"TestWords": false, "TestDeliver": true, "TestDeliver/one": false, "TestOther": true} {
		if got := narrowed(name); got != want {
			t.Errorf("%s narrowed: %t", name, got)
		}
	}
}

// Who says how often tests are to run has them run, whatever is remembered.
func TestAnew(t *testing.T) {
	asked := anew
	keepIn(t, t.TempDir())
	t.Run("first", func(t *testing.T) { Already(t, "check") })
	if !Before("check") {
		t.Error("it isn't remembered")
	}
	if anew = asked; Before("check") == anew() {
		t.Errorf("-count given: %t, accepted before: %t", anew(), Before("check"))
	}
}

// TestJudges: whatever tests are made of makes others of them; what they don't judge by doesn't.
func TestJudges(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	state := func() string {
		t.Helper()
		s, err := judges(root, "e2e/native")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		write(name, "")
	}
	for _, folder := range append([]string{"e2e/native"}, shared...) {
		write(filepath.Join(folder, "one.go"), "package one\n")
	}
	before := state()
	for _, name := range []string{"e2e/ansible/one_test.go", "e2e/lab/one.go", "e2e/.cache/one.txt", "generators/one.go"} {
		write(name, "other")
	}
	if state() != before {
		t.Error("what doesn't judge makes other judges")
	}
	for _, name := range []string{"e2e/native/one_test.go", "e2e/native/testdata/stub.sh", "e2e/sandbox/one.go", "internal/topology/one.go", "internal/pki/one.go", "go.sum"} {
		write(name, "package other\n")
		now := state()
		if now == before {
			t.Errorf("%s makes no other judges", name)
		}
		before = now
	}
}

// TestShadows: a program judges that may be found in place of the package's own, or that is asked for, and no other.
func TestShadows(t *testing.T) {
	root := t.TempDir()
	put := func(file, content string) {
		t.Helper()
		path := filepath.Join(root, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	state := func(path ...string) string {
		t.Helper()
		var text strings.Builder
		for i, folder := range path {
			path[i] = root + "/" + folder
		}
		if err := shadows(&text, path, []string{root + "/packaged"}); err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(text.String(), root, "")
	}
	for _, file := range []string{"packaged/nginx", "packaged/awk", "local/convert", "file"} {
		put(file, "")
	}
	if s := state("local", "none", "file", "packaged"); s != "" {
		t.Error("these judge, and nobody asks them:", s)
	}
	put("local/awk", "")
	put("local/kubeadm", "")
	before := state("local/", "packaged", "local")
	if lines := strings.Split(before, "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "before /local awk ") || !strings.HasPrefix(lines[1], "before /local kubeadm ") {
		t.Errorf("awk and kubeadm should judge, and do\n%s", before)
	}
	if state("packaged", "local") == before {
		t.Error("who is found after the package's own is the same judge")
	}
	put("local/awk", "other")
	if state("local", "packaged") == before {
		t.Error("another awk is the same judge")
	}
}

func TestJudgesOfNothing(t *testing.T) {
	if _, err := judges(t.TempDir(), "e2e/native"); err == nil {
		t.Error("there are judges where there are no tests")
	}
}

// TestOpen: the memory of judges whom nobody has asked for long goes.
func TestOpen(t *testing.T) {
	memory, now := t.TempDir(), time.Now()
	for name, used := range map[string]time.Time{"old": now.Add(-forgotten - time.Hour), "young": now.Add(-time.Hour)} {
		if _, err := open(memory, name, used); err != nil {
			t.Fatal(err)
		}
	}
	mine, err := open(memory, "mine", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(memory, "mine", now); err != nil || filepath.Base(mine) != "mine" {
		t.Error(mine, err)
	}
	left, err := filepath.Glob(filepath.Join(memory, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if want := []string{"mine", "young"}; !slices.Equal(left, want) {
		t.Errorf("left is %q, want %q", left, want)
	}
}

func TestProgram(t *testing.T) {
	folder := t.TempDir()
	states := map[string]bool{}
	for _, name := range []string{"one", "two"} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			state, err := Program(path)
			if err != nil {
				t.Fatal(err)
			}
			states[state] = true
		}
	}
	if len(states) != 2 {
		t.Errorf("two programs have %d states", len(states))
	}
	if _, err := Program(filepath.Join(folder, "none")); err == nil {
		t.Error("a program that isn't there has a state")
	}
}

// TestShared: tests that remember lean on no other package of tests than on those that make other judges of them.
func TestShared(t *testing.T) {
	apart := []string{
		"e2e/combinations",                                    // has definitions: what is rendered of them is judged
		"schema",                                              // reads them
		"generators", "internal/delivery", "internal/overlay", // render what is judged
	}
	const module = "github.com/khagen/khagen/"
	users := 0
	for _, folder := range []string{"ansible", "lab", "lab/repository", "live", "native", "salt", "units"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				path, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				ours, is := strings.CutPrefix(path, module)
				if ours == "e2e/accepted" {
					users++
				}
				own := strings.HasPrefix(folder, "lab") && strings.HasPrefix(ours, "e2e/lab")
				if is && !own && !slices.Contains(shared, ours) && !slices.Contains(apart, ours) {
					t.Errorf("%s leans on %s", file, ours)
				}
			}
		}
	}
	if users < 3 {
		t.Errorf("%d files remember", users)
	}
}
