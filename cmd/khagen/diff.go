package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/tree"
)

func newDiffCmd() *cobra.Command {
	var out string
	var colour, format formatFlag
	var from against
	cmd := &cobra.Command{
		Use:   "diff [CLUSTER…]",
		Short: "Show what a build would change",
		Long: `Diff prints what a build would change, in unified form. A hunk that is the same on
several hosts stands there once, with the hosts that it concerns. The diff of one host's
file is one that git apply -p0 takes. Files that khagen didn't write, and that hosts
would get, are named on stderr. So is what stays on a host of what the tree no longer
has: units, files, keys, packages, and what is to be done where the host leaves.

Exits 0 where nothing would change, 1 where something would, 2 where it could not.`,
		Example: `  khagen diff
  khagen diff shop-prod --color always | less -R
  khagen diff --format json | jq -r '.hunks[].path'`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var diff tree.Diff
			var foreign []string
			left := []tree.Left{}
			dir, remove, err := from.folder(cmd.Context(), out)
			if err != nil {
				return err
			}
			defer func() { _ = remove() }()
			p := pipeline{
				clusters: args,
				out:      out,
				judge:    refuse(cmd.ErrOrStderr()),
				open:     view(dir),
				take: oneByOne(func(plan *tree.Plan) error {
					for _, path := range plan.ForeignDelivered() {
						foreign = append(foreign, filepath.Join(out, plan.Cluster, filepath.FromSlash(path)))
					}
					stays, err := plan.Left()
					left = append(left, stays...)
					return errors.Join(err, diff.Add(plan))
				}),
			}
			if err := p.runOnTerminal(cmd.Context()); err != nil {
				return err
			}
			tellForeign(cmd.ErrOrStderr(), foreign)
			sortLeft(left)
			if format.json() {
				if err := writeJSON(cmd.OutOrStdout(), diffReport{diff.Hunks(), left}); err != nil {
					return err
				}
			} else if _, err := cmd.OutOrStdout().Write(diff.Text(out, colourWanted(colour.value))); err != nil {
				return err
			} else {
				tellLeft(cmd.ErrOrStderr(), left)
			}
			if !diff.Empty() {
				return exitError(exitDiffers)
			}
			return nil
		},
	}
	outFlag(cmd, &out)
	from.register(cmd)
	format.register(cmd, "text", "json")
	colour.registerAs(cmd, "color", "when to use colour", "auto", "always", "never")
	return cmd
}

// diffReport is what diff prints for machines.
type diffReport struct {
	Hunks []tree.Hunk `json:"hunks"`
	Left  []tree.Left `json:"left"`
}

// tellForeign names files that hosts would get from someone else.
func tellForeign(messages io.Writer, paths []string) {
	const most = 10
	slices.Sort(paths)
	for i, path := range paths {
		if i == most {
			fmt.Fprintf(messages, "khagen: and %d more files that khagen didn't write\n", len(paths)-i)
			return
		}
		fmt.Fprintf(messages, "khagen: %s: khagen didn't write this file, and hosts would get it\n", path)
	}
}
