package systems

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/e2e/playbook"
	"github.com/khagen/khagen/internal/topology"
)

// upgraded is what clusters of kubeadm go to.
const upgraded = "1.37"

// running is a cluster that somebody changes.
type running struct {
	*cluster.Cluster
	lab   *lab.Lab
	setup cluster.Setup
	admin string // path of a kubeconfig
}

// upgrade brings the next minor version of Kubernetes, in the waves of its plan.
func (r *running) upgrade(t *testing.T) failures.Fault {
	t.Helper()
	return failures.Change(r.Topology, "Kubernetes "+upgraded+" comes, one control plane after the other", failures.APIServer, func(ctx context.Context) error {
		version, err := kubeadmVersion(ctx, "k8s-"+upgraded)
		if err != nil {
			return err
		}
		plan, err := r.Edit(cluster.Edit{Was: fmt.Sprintf("version: %q", r.Topology.Spec.Kubernetes.Version), Now: fmt.Sprintf("version: %q", version)})
		if err != nil {
			return err
		}
		extra, err := r.setup.Extra()
		if err != nil {
			return err
		}
		if _, err := r.Play(ctx, r.lab, "prepare.yml", append(extra, "--tags", "repositories")...); err != nil {
			return err
		}
		return r.rollOut(ctx, t, plan)
	})
}

// rollOut follows a plan.
func (r *running) rollOut(ctx context.Context, t *testing.T, plan string) error {
	t.Helper()
	s := r.setup
	s.Variables = maps.Clone(s.Variables)
	s.Variables["khagen_plan"], s.Variables["khagen_kubeconfig"] = plan, r.admin
	extra, err := s.Extra()
	if err != nil {
		return err
	}
	went, err := r.Play(ctx, r.lab, "rollout.yml", extra...)
	t.Logf("rollout.yml: %v\n%s", went.Took.Round(time.Second), playbook.Longest(went.Steps, 25))
	return err
}

// kubeadmVersion is that of the kubeadm that a module of e2e/tools built.
func kubeadmVersion(ctx context.Context, module string) (string, error) {
	folder, err := lab.Programs(module)
	if err != nil {
		return "", err
	}
	said, err := exec.CommandContext(ctx, filepath.Join(folder, "kubeadm"), "version", "--output=short").Output()
	return strings.TrimPrefix(strings.TrimSpace(string(said)), "v"), err
}

// showStats changes haproxy.cfg, whose haproxy has no other way to take it than to start anew.
func (r *running) showStats(t *testing.T) failures.Fault {
	t.Helper()
	return failures.Change(r.Topology, "another haproxy.cfg comes, one host after the other", failures.Balancer, func(ctx context.Context) error {
		if err := r.stats(ctx); err == nil {
			return errors.New("haproxy shows its stats before it was told to")
		}
		const text = "accessLog: enabled: true\n"
		plan, err := r.Edit(cluster.Edit{Was: text, Now: text + "stats: enabled: true\n"})
		if err != nil {
			return err
		}
		if err := r.rollOut(ctx, t, plan); err != nil {
			return err
		}
		return r.stats(ctx)
	})
}

// stats asks the haproxy of each host what it says of itself, which has to name the API servers that it passes connections to.
func (r *running) stats(ctx context.Context) error {
	stats := r.Topology.Spec.LoadBalancer.Stats
	url := "http://" + topology.HostPort(stats.Address, stats.Port) + stats.Path + ";csv"
	for _, h := range topology.Active(r.Topology.LoadBalancers) {
		said, err := r.lab.Host(h.Name).Run(ctx, "curl", "--silent", "--show-error", "--fail", "--max-time", "5", url)
		if err != nil {
			return err
		}
		for _, server := range topology.Active(r.Topology.ControlPlanes) {
			if !strings.Contains(said, "control-planes,"+server.Name+",") {
				return fmt.Errorf("haproxy on %s doesn't know %s: %s", h.Name, server.Name, said)
			}
		}
	}
	return nil
}
