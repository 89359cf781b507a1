package main

import (
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/pki"
	"github.com/khagen/khagen/internal/topology"
)

type pkiRenewOptions struct {
	dir, cluster    string
	admin, keepKeys bool
}

func newPKIRenewCmd() *cobra.Command {
	var o pkiRenewOptions
	cmd := &cobra.Command{
		Use:   "renew HOST…",
		Short: "Issue the certificates of hosts again",
		Long: `Renew issues all certificates of these hosts again, with new keys, as the definition is
now, and brings their copies of the authorities up to date. It prints what it wrote, and
keeps nothing of the old. Authorities and service-account keys stay.

With --admin, the kubeconfigs of the cluster's administrators are issued again.

Exits 2 where it could not, or where there is nothing of khagen's to issue because kubeadm
does; nothing is written for that cluster then.`,
		Example: `  khagen pki renew cp1
  khagen pki renew cp1 --cluster shop-prod
  khagen pki renew --admin --cluster shop-prod`,
		ValidArgsFunction: completeHosts,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, hosts []string) error {
			if len(hosts) == 0 && !o.admin {
				return errors.New("name the hosts whose certificates to issue again, or use --admin (see khagen pki renew --help)")
			}
			return runPKIRenew(cmd, hosts, o)
		},
	}
	pkiFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.cluster, "cluster", "", "`NAME` of the cluster, where several have such a host")
	cmd.Flags().BoolVar(&o.admin, "admin", false, "issue the kubeconfigs of administrators again")
	cmd.Flags().BoolVar(&o.keepKeys, "keep-keys", false, "issue for the keys that are there")
	_ = cmd.RegisterFlagCompletionFunc("cluster", completeClusters)
	return cmd
}

func runPKIRenew(cmd *cobra.Command, hosts []string, o pkiRenewOptions) error {
	var names []string
	if o.cluster != "" {
		names = []string{o.cluster}
	}
	clusters, err := pkiClusters(cmd, o.dir, names)
	if err != nil {
		return err
	}
	chosen, err := hostsOf(clusters, hosts)
	if err != nil {
		return err
	}
	if len(hosts) == 0 && len(clusters) != 1 {
		return errors.New("say with --cluster whose administrators' kubeconfigs to issue again")
	}
	if len(hosts) == 0 {
		chosen = map[*topology.Cluster][]string{clusters[0]: nil}
	}
	order := slices.SortedFunc(maps.Keys(chosen), func(a, b *topology.Cluster) int {
		return topology.CompareNatural(a.Spec.Name, b.Spec.Name)
	})
	return eachFolder(o.dir, order, func(f *pki.Folder) error {
		result, err := f.Renew(cmd.Context(), pki.Renewal{Hosts: chosen[f.Cluster], Admin: o.admin, KeepKeys: o.keepKeys})
		if result != nil {
			tellIssued(cmd, result)
		}
		return err
	})
}
