package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/pki"
)

func newPKIInitCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init [CLUSTER…]",
		Short: "Make the certificates and keys that are missing",
		Long: `Init makes what is missing below pki/<cluster>/ and prints it: authorities,
service-account keys, administrators' kubeconfigs, and the certificates of every host. It
overwrites nothing. An authority of your own that is there already (ca.crt, with ca.key
where it has to sign) is used.

Without arguments: every cluster whose hosts need certificates that kubeadm doesn't make,
and every cluster that has a folder there.

Exits 2 where something that is there can't be used: an authority that is none, a key that
doesn't match, a clock that can't be right; where an authority or the service accounts' key
is gone while what it signed is there; and where Git could commit the folder. Nothing is
written for that cluster then.`,
		Example: `  khagen pki init
  khagen pki init shop-prod`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			clusters, err := pkiClusters(cmd, dir, args)
			if err != nil {
				return err
			}
			return eachFolder(dir, clusters, func(f *pki.Folder) error {
				result, err := f.Init(cmd.Context())
				if result == nil {
					return err
				}
				tellIssued(cmd, result)
				if n := len(result.Left); n > 0 && err == nil {
					fmt.Fprintf(cmd.ErrOrStderr(), "khagen: %s: %d of the files that were there need attention: see khagen pki check %s\n",
						f.Dir(), n, f.Cluster.Spec.Name)
				}
				return err
			})
		},
	}
	pkiFlag(cmd, &dir)
	return cmd
}
