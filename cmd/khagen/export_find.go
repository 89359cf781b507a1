package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// exported is a host of which out/ has files.
type exported struct{ cluster, host string }

func (e exported) dir(out string) string { return filepath.Join(out, e.cluster, "hosts", e.host) }

func (e exported) String() string { return e.cluster + "/" + e.host }

// exportedHosts are all hosts of which out/ has files, in natural order of their clusters and names.
func exportedHosts(out string) ([]exported, error) {
	clusters, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s/ isn't there: run khagen build", out)
	} else if err != nil {
		return nil, err
	}
	var all []exported
	for _, c := range clusters {
		if !c.IsDir() || strings.HasPrefix(c.Name(), ".") {
			continue
		}
		hosts, err := os.ReadDir(filepath.Join(out, c.Name(), "hosts"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, h := range hosts {
			if h.IsDir() {
				all = append(all, exported{c.Name(), h.Name()})
			}
		}
	}
	slices.SortFunc(all, func(a, b exported) int { return topology.CompareNatural(a.String(), b.String()) })
	return all, nil
}

// findExported finds a host by HOST or CLUSTER/HOST.
func findExported(out, name string) (exported, error) {
	all, err := exportedHosts(out)
	if err != nil {
		return exported{}, err
	}
	var found []exported
	var names, full []string
	for _, h := range all {
		names, full = append(names, h.host), append(full, h.String())
		if name == h.host || name == h.String() {
			found = append(found, h)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var which []string
		for _, h := range found {
			which = append(which, h.String())
		}
		return exported{}, fmt.Errorf("host %q is in several clusters: say which: %s", name, strings.Join(which, ", "))
	}
	own := slices.DeleteFunc(slices.Clone(full), func(h string) bool { return !strings.HasPrefix(h, strings.TrimSuffix(name, "/")+"/") })
	if len(own) > 0 {
		return exported{}, fmt.Errorf("%q is a cluster, want one of its hosts: %s", name, schema.Some(own))
	}
	if strings.Contains(name, "/") {
		names = full
	}
	hint := fmt.Sprintf("%s/ has %d others", out, len(names))
	if near := schema.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return exported{}, fmt.Errorf("no host %q: %s", name, hint)
}

// completeExported offers the names of hosts to the shell, with their clusters where others have the same.
func completeExported(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("chdir")
	out, _ := cmd.Flags().GetString("out")
	if len(args) > 0 || enter(dir) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all, err := exportedHosts(out)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	count := map[string]int{}
	for _, h := range all {
		count[h.host]++
	}
	var names []string
	for _, h := range all {
		if count[h.host] > 1 {
			names = append(names, h.String())
		} else {
			names = append(names, h.host)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
