package ansible

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecord wants the record of what is due to lose what is done and nothing else: not where the disk is full, either.
func TestRecord(t *testing.T) {
	const both = "etcd restart etcd.service\nworker restart kubelet.service\n"
	for name, tc := range map[string]struct {
		script, variables string
		full              bool
		before, after     string
		output            string // empty where it fails
	}{
		"one is done":          {"activate.sh", "phases=etcd units= leaves= together=", false, both, "worker restart kubelet.service\n", "restart etcd.service\n"},
		"all are done":         {"activate.sh", "phases='etcd worker' units= leaves= together=", false, both, "", "restart etcd.service\nrestart kubelet.service\n"},
		"done, on full disk":   {"activate.sh", "phases=etcd units= leaves= together=", true, both, both, ""},
		"a pod can't be asked": {"activate.sh", "phases=etcd units= leaves= together=", false, "etcd restart haproxy\n", "etcd restart haproxy\n", ""},
		"it leaves":            {"activate.sh", "export ONLY=try-restart; phases=etcd units= leaves=yes together=", false, both, "worker restart kubelet.service\n", "restart etcd.service\n"},
		"it doesn't leave":     {"activate.sh", "export ONLY=try-restart; phases=etcd units= leaves= together=", false, both, both, ""},
		"more is due":          {"put.sh", "due='worker restart kubelet.service' files= folders=", false, both[:26], both, ""},
		"more on full disk":    {"put.sh", "due='worker restart kubelet.service' files= folders=", true, both[:26], both[:26], ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			record := filepath.Join(dir, "due")
			write(t, record, []byte(tc.before))
			if tc.full {
				if err := os.Symlink("/dev/full", record+".new"); err != nil {
					t.Fatal(err)
				}
			}
			write(t, filepath.Join(dir, "kubelet/pods"), nil)
			for name, text := range map[string]string{"systemctl": "#!/bin/sh\n[ \"$1\" = \"${ONLY:-$1}\" ]\n", "crictl": "#!/bin/sh\nexit 1\n"} {
				write(t, filepath.Join(dir, "bin", name), []byte(text))
				if err := os.Chmod(filepath.Join(dir, "bin", name), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			script, err := os.ReadFile("../../internal/delivery/ansible/files/" + tc.script)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-c", tc.variables+"\n"+strings.NewReplacer("/var/lib/khagen", dir, "/var/lib/", dir+"/").Replace(string(script)))
			cmd.Env = append(os.Environ(), "PATH="+dir+"/bin:"+os.Getenv("PATH"))
			output, err := cmd.Output()
			if fails := tc.before == tc.after; (err != nil) != fails || !fails && string(output) != tc.output {
				t.Errorf("%v, %q; want %q", err, output, tc.output)
			}
			if after, err := os.ReadFile(record); err != nil || string(after) != tc.after {
				t.Errorf("%v, the record is %q; want %q", err, after, tc.after)
			}
		})
	}
}
