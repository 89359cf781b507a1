package rollout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPodIsNew runs the check with a container that is older and one that is newer than the file.
func TestPodIsNew(t *testing.T) {
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
		cmd := exec.Command("sh", "-c", strings.Replace(podIsNew("cp1", "haproxy", file).Run, "timeout 300", "timeout 1", 1))
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if (err == nil) != want {
			t.Errorf("file %s after the container: %v\n%s", age, err, out)
		}
	}
}
