package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// Recap is what ansible-playbook did to a host.
type Recap struct{ Changed, Unreachable, Failed int }

// Result is how a playbook went.
type Result struct {
	Output string
	Hosts  map[string]Recap
	Took   time.Duration
}

var recapLine = regexp.MustCompile(`(?m)^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)`)

// Play runs a playbook of the cluster on the lab's hosts, with a value for every secret. That it fails is an error, with
// the output.
func (c *Cluster) Play(ctx context.Context, l *lab.Lab, playbook string, arguments ...string) (Result, error) {
	secrets, err := c.secretsFile()
	if err != nil {
		return Result{}, err
	}
	at := filepath.Join(c.out(), "ansible")
	arguments = slices.Concat([]string{
		"--inventory", filepath.Join(at, "inventory.yml"), "--extra-vars", "@" + secrets, filepath.Join(at, playbook),
	}, arguments)
	cmd := exec.CommandContext(ctx, "ansible-playbook", arguments...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(),
		"HOME="+c.dir, "ANSIBLE_CONFIG="+filepath.Join(at, "ansible.cfg"), "ANSIBLE_SSH_COMMON_ARGS=-F "+l.SSHConfig(),
		"ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP="+filepath.Join(c.dir, "tmp"), "LANG=C.UTF-8", "KUBECONFIG=", "SSH_AUTH_SOCK=",
	)
	began := time.Now()
	output, err := cmd.CombinedOutput()
	r := Result{string(output), map[string]Recap{}, time.Since(began)}
	for _, m := range recapLine.FindAllStringSubmatch(r.Output, -1) {
		number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
		r.Hosts[m[1]] = Recap{number(2), number(3), number(4)}
	}
	if err != nil {
		return r, fmt.Errorf("play %s: %w\n%s", playbook, err, r.Output)
	}
	return r, nil
}

var secretName = regexp.MustCompile(`khagen_secrets\['([a-z][a-z0-9_]*)'\]`)

// secretsFile writes values for all of the cluster's secrets.
func (c *Cluster) secretsFile() (string, error) {
	values := map[string]string{}
	for i := range c.Files {
		if c.Files[i].Kind != tree.KindSecret {
			continue
		}
		for _, m := range secretName.FindAllSubmatch(c.Files[i].Content, -1) {
			values[string(m[1])] = rendered.Stub(string(m[1]))
		}
	}
	text, err := json.Marshal(map[string]any{"khagen_secrets": values})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, "secrets.json")
	return path, os.WriteFile(path, text, 0o600)
}
