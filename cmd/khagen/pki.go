package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/pki"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

func newPKICmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pki",
		Short: "Issue and check certificates and keys",
		Long: `Pki makes what hosts prove their identities with: authorities, service-account keys,
certificates and kubeconfigs, as the definitions say, into pki/<cluster>/. That folder
is never committed: it ignores itself. No other command writes it, and none reads it but
khagen export where --pki names it.`,
		Example: `  khagen pki init shop-prod    # make what is missing
  khagen pki check             # what has to be issued again?
  khagen pki renew cp1 cp2     # issue the certificates of two hosts again`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPKIInitCmd(), newPKICheckCmd(), newPKIRenewCmd())
	return cmd
}

// pkiFlag registers --pki.
func pkiFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "pki", "pki", "`DIR` of certificates and keys")
	_ = cmd.MarkFlagDirname("pki")
}

// pkiClusters reads the definitions and gives the clusters with these names. Without names: those whose hosts need
// certificates of khagen's, and those that have some. What rules refuse gets none.
func pkiClusters(cmd *cobra.Command, dir string, names []string) ([]*topology.Cluster, error) {
	if err := pkiApart(dir); err != nil {
		return nil, err
	}
	p := pipeline{
		clusters: names,
		out:      "out",
		judge: func(problems []problem) error {
			return refuse(cmd.ErrOrStderr())(slices.DeleteFunc(problems, func(p problem) bool { return !p.fails() }))
		},
	}
	_, chosen, err := p.read(cmd.Context(), new(progress))
	if err != nil || len(names) > 0 {
		return chosen, err
	}
	chosen = slices.DeleteFunc(chosen, func(c *topology.Cluster) bool {
		_, err := os.Stat(filepath.Join(dir, c.Spec.Name))
		return !c.NeedsPKI() && errors.Is(err, fs.ErrNotExist)
	})
	if len(chosen) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "khagen: no cluster needs certificates of khagen pki: kubeadm makes its own; name a cluster to have some nevertheless")
	}
	return chosen, nil
}

// pkiApart refuses a folder of keys that holds, is or lies in one that is committed.
func pkiApart(dir string) error {
	for _, committed := range []string{overlays, "out"} {
		place, err := existing(committed)
		if err != nil {
			return err
		}
		relate := relation
		if place.rest != "" { // it isn't there yet: no folder to compare with
			relate = relationOfNames
		}
		overlap, err := relate(dir, place)
		if err != nil {
			return err
		}
		if overlap != "" {
			return fmt.Errorf("--pki %s: %s %s/, which is committed; keys need a folder of their own", dir, overlap, committed)
		}
	}
	return nil
}

// relationOfNames is relation with a folder that isn't there yet.
func relationOfNames(dir string, other location) (string, error) {
	place, err := existing(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(filepath.Join(other.path, other.rest), filepath.Join(place.path, place.rest))
	switch {
	case err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)):
		return "", nil
	case rel == ".":
		return "is", nil
	}
	return "lies in", nil
}

// eachFolder does the same with the folders of several clusters, one after the other: what is done for some stays done.
// What is wrong with the folder around them is told once.
func eachFolder(dir string, clusters []*topology.Cluster, do func(*pki.Folder) error) error {
	var errs []error
	seen := map[string]bool{}
	for _, c := range clusters {
		err := do(&pki.Folder{Root: dir, Cluster: c, Now: time.Now()})
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// tellIssued prints the files that were written, and what there is to say about them.
func tellIssued(cmd *cobra.Command, result *pki.Result) {
	for _, name := range result.Written {
		fmt.Fprintln(cmd.OutOrStdout(), name)
	}
	for _, note := range result.Notes {
		fmt.Fprintln(cmd.ErrOrStderr(), "khagen: "+note)
	}
}

// hostsOf finds clusters by the names of their hosts.
func hostsOf(clusters []*topology.Cluster, names []string) (map[*topology.Cluster][]string, error) {
	found := map[*topology.Cluster][]string{}
	for _, name := range names {
		var in []*topology.Cluster
		var all, where []string
		for _, c := range clusters {
			for _, h := range c.Hosts {
				if all = append(all, h.Name); h.Name == name {
					in, where = append(in, c), append(where, c.Spec.Name)
				}
			}
		}
		switch len(in) {
		case 0:
			hint := "see the definitions"
			if near := schema.Nearest(name, all); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, fmt.Errorf("no host %q: %s", name, hint)
		case 1:
			found[in[0]] = append(found[in[0]], name)
		default:
			return nil, fmt.Errorf("host %q is in several clusters, %s: say which with --cluster", name, strings.Join(where, ", "))
		}
	}
	return found, nil
}

// completeHosts offers the names of hosts to the shell.
func completeHosts(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("chdir")
	if enter(dir) != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	dirs, err := find()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	clusters, _, err := load(context.Background(), dirs, new(progress))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	only, _ := cmd.Flags().GetString("cluster")
	var names []string
	for _, c := range clusters {
		for _, h := range c.Hosts {
			if (only == "" || only == c.Spec.Name) && !slices.Contains(args, h.Name) {
				names = append(names, h.Name)
			}
		}
	}
	slices.SortFunc(names, topology.CompareNatural)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}
