package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/e2e/lab"
)

// Kubectl runs kubectl here, as the administrator of a kubeconfig, and gives what it prints.
func (c *Cluster) Kubectl(ctx context.Context, kubeconfig string, args ...string) (string, error) {
	program, err := c.KubectlProgram()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"--kubeconfig", kubeconfig, "--request-timeout=10s"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+c.dir)
	var said strings.Builder
	cmd.Stderr = &said
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(output)), nil
}

// KubectlProgram gives the path of the kubectl of the cluster's minor version that e2e/tools built.
func (c *Cluster) KubectlProgram() (string, error) {
	folder, err := lab.Programs("k8s-" + c.Topology.Version.MajorMinor())
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "kubectl")
	_, err = os.Stat(path)
	return path, err
}
