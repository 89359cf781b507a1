package rollout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPodFollows runs the check with a container that is older and one that is newer than the file.
func TestPodFollows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "haproxy.yaml")
	made := time.Now().UTC().Truncate(time.Second)
	crictl := "#!/bin/sh\ncase $1 in ps) echo abc ;; inspect) printf '{\\n  \"status\": {\\n    \"createdAt\": \"" + made.Format(time.RFC3339Nano) + "\",\\n  }\\n}\\n' ;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "crictl"), []byte(crictl), 0o755); err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]bool{-time.Minute: true, time.Minute: false} {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, made.Add(age), made.Add(age)); err != nil {
			t.Fatal(err)
		}
		run := podFollows("cp1", "haproxy", file).Run
		if !want { // what has to succeed gets its time, however busy the machine is
			run = strings.Replace(run, "timeout 300", "timeout 1", 1)
		}
		cmd := exec.Command("sh", "-c", run)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if (err == nil) != want {
			t.Errorf("file %s after the container: %v\n%s", age, err, out)
		}
	}
}

// TestRemakePod waits for another container where the pod's file has changed, and only there.
func TestRemakePod(t *testing.T) {
	for name, tc := range map[string]struct {
		writes, after string // what kubeadm writes, and which container runs then
		want          bool
	}{
		"the same file":    {"old", "abc", true},
		"another pod":      {"new", "def", true},
		"the old pod":      {"new", "abc", false},
		"no pod":           {"new", "", false},
		"kubeadm can't":    {"", "def", false},
		"crictl can't any": {"new", "failing", false},
	} {
		dir := t.TempDir()
		for file, content := range map[string]string{
			"etcd.yaml": "old",
			"runs":      "abc",
			"kubeadm":   "#!/bin/sh\ntest -n '" + tc.writes + "' && printf '" + tc.writes + "' >" + dir + "/etcd.yaml && printf '" + tc.after + "' >" + dir + "/runs\n",
			"crictl":    "#!/bin/sh\ncat " + dir + "/runs; ! grep --quiet failing " + dir + "/runs\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		run := strings.ReplaceAll(remakePod("etcd", "etcd local", "config.yaml"), "/etc/kubernetes/manifests", dir)
		if !tc.want {
			run = strings.Replace(run, "timeout 300", "timeout 1", 1)
		}
		cmd := exec.Command("sh", "-c", run)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); (err == nil) != tc.want {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestPodIsGone wants a crictl that fails to be no answer.
func TestPodIsGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		crictl string
		want   bool
	}{
		"gone":    {"exit 0", true},
		"running": {"echo abc", false},
		"failing": {"echo 'connection refused' >&2; exit 1", false},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "crictl"), []byte("#!/bin/sh\n"+tc.crictl+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		run := podIsGone("haproxy")
		if !tc.want {
			run = strings.Replace(run, "timeout 60", "timeout 1", 1)
		}
		cmd := exec.Command("sh", "-c", run)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); (err == nil) != tc.want {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestKeepsAway takes a step that moves files away through what interrupts it: nothing that was saved is overwritten.
func TestKeepsAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	crt, key := filepath.Join(dir, "apiserver.crt"), filepath.Join(dir, "apiserver.key")
	for _, files := range [][]string{{crt, key}, {key}, {}, {crt, key}} {
		for _, file := range files {
			if err := os.WriteFile(file, []byte(filepath.Base(file)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := strings.ReplaceAll(keepsAway("apiserver", crt, key), oldFolder, filepath.Join(dir, "old"))
		for { // another second, another folder
			if out, err := exec.Command("sh", "-c", run).CombinedOutput(); err == nil {
				break
			} else if !strings.Contains(string(out), "File exists") {
				t.Fatalf("%v\n%s", err, out)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "apiserver.*")); len(left) > 0 {
			t.Errorf("stays: %v", left)
		}
	}
	if saved, _ := filepath.Glob(filepath.Join(dir, "old/apiserver-*/apiserver.*")); len(saved) != 5 {
		t.Errorf("saved: %v", saved)
	}
}
