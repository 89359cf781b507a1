//go:build unix

package tree

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// childEnv makes the test binary a child that builds in a loop instead of testing: "<how> <out>".
const childEnv = "KHAGEN_TREE_CHILD"

func TestMain(m *testing.M) {
	if how, out, ok := strings.Cut(os.Getenv(childEnv), " "); ok {
		buildForever(how, out)
	}
	os.Exit(m.Run())
}

// generation gives clusters that differ from those of every other generation in content, and from the next one's in
// names: a cluster and a host come and go, a file becomes a folder. Each fourth step changes all hosts, the others one.
func generation(n int) map[string][]File {
	text, step := fmt.Sprintf("%d\n", n/4), fmt.Sprintf("%d\n", n%4)
	files := map[string]string{"README.md": text, "n0:/etc/constant": "constant\n", "n0:/etc/step": step}
	for i := range 3 + n/4%3 {
		files[fmt.Sprintf("n%d:/etc/x", i)] = text
		files[fmt.Sprintf("n%d:/etc/deep/er/%d", i, n/4%4)] = text
	}
	if n/4%2 == 0 {
		files["n1:/etc/empties/a/b"] = "constant\n"
	}
	if n%2 == 0 {
		files["n0:/etc/turn"] = text + step
	} else {
		files["n0:/etc/turn/a"] = text + step
		files["n0:/etc/turn/b"] = "constant\n"
	}
	if n%4 == 3 {
		files["extra:/etc/x"] = text
	}
	clusters := map[string][]File{"a": cluster("a", files), "b": cluster("b", files)}
	if n%2 == 0 {
		clusters["c"] = cluster("c", files)
	}
	return clusters
}

// buildForever says each generation that it begins. It never returns.
func buildForever(how, out string) {
	options := map[string]func(*Out){"exchange": func(*Out) {}, "moves": oneByOne}
	for n := rand.IntN(1000); ; n++ {
		fmt.Println(n)
		if err := tryBuild(out, generation(n), options[how]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
	}
}

// foreign are files that no build may touch.
var foreign = map[string]string{"a/NOTES": "mine\n", "a/hosts/n0/rootfs/etc/mine": "mine\n", "b/hosts/n4/rootfs/etc/mine": "mine\n"}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "khagen"); err == nil { // so that other programs' writes don't slow each sync
		dir = memory
		t.Cleanup(func() { os.RemoveAll(memory) })
	}
	for how, kills := range map[string]int{"exchange": 250, "moves": 250} {
		if testing.Short() {
			kills /= 10
		}
		t.Run(how, func(t *testing.T) {
			if how == "exchange" {
				needsExchange(t)
			}
			out := filepath.Join(dir, how)
			for path, content := range foreign {
				write(t, filepath.Join(out, path), content)
			}
			left, journals := 0, 0
			for range kills {
				killOnce(t, how, out)
				stages, _ := filepath.Glob(filepath.Join(out, stagePrefix+"*"))
				begun, _ := filepath.Glob(filepath.Join(out, stagePrefix+"*", "journal"))
				left += min(len(stages), 1)
				journals += min(len(begun), 1)
				if how == "exchange" { // nothing needs mending
					wholeClusters(t, out)
				}
				o, err := Open(out)
				if err != nil {
					t.Fatal(err)
				}
				if err := o.Close(); err != nil {
					t.Fatal(err)
				}
				if stages, _ := filepath.Glob(filepath.Join(out, stagePrefix+"*")); len(stages) > 0 {
					t.Fatalf("still there: %v", stages)
				}
				wholeClusters(t, out)
			}
			t.Logf("%d kills: %d left a stage, %d a journal", kills, left, journals)
			if !testing.Short() && (left == 0 || how == "moves" && journals == 0) {
				t.Error("no kill hit a build where it counts")
			}
		})
	}
}

// killOnce starts a child, lets it build for a moment and kills it.
func killOnce(t *testing.T, how, out string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+how+" "+out)
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Error("the child did not begin:", err)
	}
	time.Sleep(time.Duration(rand.IntN(15_000)) * time.Microsecond)
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("the child was not killed")
	}
	if code := child.ProcessState.ExitCode(); code >= 0 {
		t.Fatal("the child ended by itself:", code)
	}
}

// wholeClusters checks that each cluster is just what one generation made, and that foreign files are as they were.
func wholeClusters(t *testing.T, out string) {
	t.Helper()
	found := map[string]map[string]string{}
	for path, content := range snapshot(t, out) {
		cluster, _, _ := strings.Cut(path, "/")
		if strings.HasPrefix(cluster, stagePrefix) {
			continue
		}
		if found[cluster] == nil {
			found[cluster] = map[string]string{}
		}
		found[cluster][path] = content
	}
	for _, name := range []string{"a", "b", "c"} {
		got := found[name]
		want := map[string]string{}
		if readme, ok := got[name+"/README.md"]; ok {
			n, err1 := strconv.Atoi(strings.TrimSpace(readme))
			step, err2 := strconv.Atoi(strings.TrimSpace(got[name+"/hosts/n0/rootfs/etc/step"]))
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			want = expected(map[string][]File{name: generation(4*n + step)[name]})
		}
		for path, content := range foreign {
			if strings.HasPrefix(path, name+"/") {
				want[path] = content
			}
		}
		if len(got) == 0 && len(want) == 0 {
			continue
		}
		if diff := cmp.Diff(want, maps.Clone(got)); diff != "" {
			t.Fatalf("cluster %s is neither old nor new (-want +got):\n%s", name, diff)
		}
	}
}

// A second build fails at once and names the first one.
func TestTwoBuilds(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	o, err := Open(out)
	if err != nil {
		t.Fatal(err)
	}
	bounded, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a child that isn't refused builds forever
	defer cancel()
	child := exec.CommandContext(bounded, os.Args[0])
	child.Env = append(os.Environ(), childEnv+"=exchange "+out)
	message, err := child.CombinedOutput()
	if child.ProcessState.ExitCode() != 3 {
		t.Fatal("the second build did not fail:", err)
	}
	want := "another build is running there"
	if _, err := os.Stat("/proc/locks"); err == nil {
		want += fmt.Sprintf(" (process %d)", os.Getpid())
	}
	if !strings.Contains(string(message), want) {
		t.Errorf("message %q, want %q in it", message, want)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	build(t, out, generation(1))
}
