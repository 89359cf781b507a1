package rollout

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// TestOneHolds runs the check with hosts that have the address or not, or that nobody reaches.
func TestOneHolds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ssh := "#!/bin/sh\ncase $4 in *$HOLDS*) echo 'eth0 UP 10.0.0.100/32' ;; esac\ncase $4 in *$LOST*) exit 255 ;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(ssh), 0o755); err != nil {
		t.Fatal(err)
	}
	c := &change{is: &tree.Topology{VIP: &tree.VIP{Addresses: []string{"10.0.0.100"}}}, after: &tree.Snapshot{}}
	for _, host := range []string{"lb1", "lb2"} {
		c.after.Hosts = append(c.after.Hosts, &tree.Manifest{Host: host, SSH: &tree.SSH{Address: host, Port: 22, User: "root"}})
	}
	for _, tc := range []struct {
		holds, lost string
		want        bool
	}{
		{"lb1", "none", true}, {"lb2", "none", true}, {"lb", "none", false}, {"none", "none", false}, {"lb1", "lb2", false}, {"lb2", "lb1", false},
	} {
		steps := c.oneHolds([]string{"lb1", "lb2"})
		run := steps[0].Run
		if !tc.want { // what has to succeed gets its time, however busy the machine is
			run = strings.Replace(run, "timeout 60", "timeout 1", 1)
		}
		cmd := exec.Command("sh", "-c", run)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOLDS="+tc.holds, "LOST="+tc.lost)
		if out, err := cmd.CombinedOutput(); (err == nil) != tc.want {
			t.Errorf("held by %s, %s not reached: %v\n%s", tc.holds, tc.lost, err, out)
		}
	}
	c.after.Hosts[1].SSH = nil
	if s := c.oneHolds([]string{"lb1", "lb2"})[0]; s.Run != "" || !s.Manual {
		t.Errorf("without a way to lb2: %+v", s)
	}
}
