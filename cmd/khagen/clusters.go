package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// choose says which of the folders hold the clusters with these names, or all. A folder does for its cluster's name.
func choose(dirs, names []string) (map[string]bool, error) {
	chosen := map[string]bool{}
	if len(names) == 0 {
		for _, dir := range dirs {
			chosen[dir] = true
		}
	}
	for _, name := range names {
		wanted := filepath.Base(name)
		i := slices.IndexFunc(dirs, func(dir string) bool { return filepath.Base(dir) == wanted })
		if i < 0 {
			return nil, fmt.Errorf("no cluster %q: %s", name, clustersThere(dirs, wanted))
		}
		chosen[dirs[i]] = true
	}
	return chosen, nil
}

// clustersThere says which name may have been meant.
func clustersThere(dirs []string, wanted string) string {
	const most = 10
	names := clusterNames(dirs)
	if near := schema.Nearest(wanted, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) > most {
		return fmt.Sprintf("%s/ has %d others", overlays, len(names))
	}
	return fmt.Sprintf("%s/ has %s", overlays, strings.Join(names, ", "))
}

// clusterNames gives the name of the cluster in each folder.
func clusterNames(dirs []string) []string {
	names := make([]string, len(dirs))
	for i, dir := range dirs {
		names[i] = filepath.Base(dir)
	}
	return names
}

// concerning leaves out what rules found in clusters that aren't asked for, and accepted warnings unless they are.
func (p *pipeline) concerning(chosen []*topology.Cluster, findings []rules.Finding) []rules.Finding {
	findings = slices.DeleteFunc(findings, func(f rules.Finding) bool {
		asked := f.Cluster == "" || slices.ContainsFunc(chosen, func(c *topology.Cluster) bool { return c.Spec.Name == f.Cluster })
		return !asked || f.Accepted != "" && !p.accepted
	})
	for i := range findings {
		if f := &findings[i]; f.Accepted != "" {
			f.Pos = f.Place() // which rules spare themselves for what few ask for
		}
	}
	return findings
}

// completeClusters offers the names of clusters to the shell.
func completeClusters(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("chdir")
	if enter(dir) != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	dirs, err := schema.Find(overlays)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names := slices.DeleteFunc(clusterNames(dirs), func(name string) bool { return slices.Contains(args, name) })
	return names, cobra.ShellCompDirectiveNoFileComp
}
