package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/e2e/rendered"
)

// Result is how a playbook went.
type Result struct {
	Output string
	Hosts  map[string]playbook.Recap
	Took   time.Duration
	Steps  []playbook.Step // the longest first
}

// sshArguments are Ansible's own but that nothing is compressed, since nothing leaves the machine, and that connections outlive
// the minutes in which a slow machine does other things.
const sshArguments = "-o ControlMaster=auto -o ControlPersist=10m"

// Play runs a playbook of the cluster on the lab's hosts, with a value for every secret. That it fails is an error, with
// the output.
func (c *Cluster) Play(ctx context.Context, l *lab.Lab, name string, arguments ...string) (Result, error) {
	secrets, err := rendered.LaySecrets(c.dir, c.Files)
	if err != nil {
		return Result{}, err
	}
	kubectl, err := c.KubectlProgram() // which steps of a rollout run here
	if err != nil {
		return Result{}, err
	}
	at := filepath.Join(c.out(), "ansible")
	names, err := c.layNames()
	if err != nil {
		return Result{}, err
	}
	// A file system's view of its own, since nobody here may change the machine's names.
	arguments = slices.Concat([]string{
		"--mount", "sh", "-c", `mount --bind "$0" /etc/hosts && exec ansible-playbook "$@"`, names,
		"--inventory", filepath.Join(at, "inventory.yml"), "--extra-vars", "@" + secrets, filepath.Join(at, name),
	}, arguments)
	cmd := exec.CommandContext(ctx, "unshare", arguments...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(),
		"PATH="+filepath.Dir(kubectl)+":"+os.Getenv("PATH"), "HOME="+c.dir, "ANSIBLE_CONFIG="+filepath.Join(at, "ansible.cfg"), "ANSIBLE_SSH_COMMON_ARGS=-F "+l.SSHConfig(),
		"ANSIBLE_SSH_ARGS="+sshArguments, "ANSIBLE_NOCOLOR=1", "ANSIBLE_LOCAL_TEMP="+filepath.Join(c.dir, "tmp"), "LANG=C.UTF-8", "KUBECONFIG=", "SSH_AUTH_SOCK=",
	)
	var clock playbook.Clock
	cmd.Stdout, cmd.Stderr = &clock, &clock
	began := time.Now()
	err = cmd.Run()
	r := Result{clock.String(), playbook.Recaps(clock.String()), time.Since(began), clock.Steps()}
	if err != nil {
		return r, fmt.Errorf("play %s: %w\n%s", name, err, r.Output)
	}
	return r, nil
}

// layNames writes the names that the machine of administrators knows: the endpoint's, which resolves to the virtual address.
func (c *Cluster) layNames() (string, error) {
	text := "127.0.0.1 localhost\n"
	for _, vip := range c.Topology.VIPs {
		text += vip.Address.String() + " " + c.Topology.Spec.Endpoint.Host + "\n"
	}
	path := filepath.Join(c.dir, "names")
	return path, os.WriteFile(path, []byte(text), 0o644)
}
