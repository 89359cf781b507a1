package pki

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/khagen/khagen/internal/topology"
)

// renew plans to replace what hosts and administrators have.
func (d *draft) renew(ctx context.Context, r Renewal) error {
	d.replace = true
	if err := d.lost(); err != nil {
		return err
	}
	var errs []error
	for _, name := range d.authorities {
		errs = append(errs, d.usable(name))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	leaves, copies := d.of(r.Hosts)
	for _, k := range d.kubeconfigs {
		if k.host == "" && r.Admin || slices.Contains(r.Hosts, k.host) {
			errs = append(errs, d.makeKubeconfig(k, r.KeepKeys))
		}
	}
	for _, s := range copies {
		errs = append(errs, d.copyShared(s))
	}
	for _, l := range leaves {
		if err := ctx.Err(); err != nil {
			return err
		}
		errs = append(errs, d.makeLeaf(l, !r.KeepKeys))
	}
	if err := d.joined(errs); err != nil {
		return err
	}
	return d.notOurs(r.Hosts)
}

// notOurs says who issues what khagen doesn't: an error where nothing else is left to do, else a note.
func (d *draft) notOurs(hosts []string) error {
	var errs []error
	for _, name := range hosts {
		i := slices.IndexFunc(d.Cluster.Hosts, func(h *topology.Host) bool { return h.Name == name })
		leaves, copies := d.of([]string{name})
		switch {
		case i >= 0 && !d.Cluster.Binaries() && !d.Cluster.ExternalCA() && d.Cluster.Hosts[i].IsNode():
			errs = append(errs, kubeadmIssues(d.Cluster.Hosts[i]))
		case len(leaves)+len(copies) == 0 && !slices.ContainsFunc(d.kubeconfigs, func(k kubeconfig) bool { return k.host == name }):
			d.note("host %s has no certificates of khagen pki", name)
		}
	}
	if len(d.order) == 0 {
		return errors.Join(errs...)
	}
	for _, err := range errs {
		d.note("%v", err)
	}
	return nil
}

// kubeadmIssues says how kubeadm issues a host's certificates again
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/).
func kubeadmIssues(h *topology.Host) error {
	if h.Is(topology.RoleControlPlane) {
		return fmt.Errorf("host %s: kubeadm issues its certificates: run kubeadm certs renew all on it, and restart its static pods", h.Name)
	}
	return fmt.Errorf("host %s: kubeadm issues its certificates, and its kubelet renews its own by itself", h.Name)
}
