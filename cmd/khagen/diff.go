package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/review"
	"github.com/khagen/khagen/internal/tree"
)

func newDiffCmd() *cobra.Command {
	var out string
	var colour, format formatFlag
	var from against
	var gate policyFlags
	cmd := &cobra.Command{
		Use:   "diff [CLUSTER…]",
		Short: "Show what a build would change",
		Long: `Diff prints what a build would change, in unified form. A hunk that is the same on
several hosts stands there once, with the hosts that it concerns. The diff of one host's
file is one that git apply -p0 takes. Files that khagen didn't write, and that hosts
would get, are named on stderr. So is what stays on a host of what the tree no longer
has: units, files, keys, packages, and what is to be done where the host leaves.

With --against, what the change means comes first: its risk and why, what restarts,
which certificates need issuing, what moves. So it does with --format markdown, which
is a comment for a pull request, and json. docs/review.md has the grades of risk.

Exits 0 where nothing would change, 1 where something would, 2 where it could not.
With --max-risk or --forbid: 0 where the change keeps to them, 1 where it doesn't, with
the reasons on stderr.`,
		Example: `  khagen diff
  khagen diff shop-prod --color always | less -R
  khagen diff --against origin/main
  khagen diff --against origin/main --format markdown --max-risk high --forbid etcd-quorum
  khagen diff --format json | jq -r '.hunks[].path'`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := gate.policy()
			if err != nil {
				return err
			}
			from.judged = policy != nil
			dir, remove, err := from.folder(cmd.Context(), out)
			if err != nil {
				return err
			}
			defer func() { _ = remove() }()
			found := differences{out: out, left: []tree.Left{}, reviews: []*review.Review{}}
			p := pipeline{
				clusters: args,
				out:      out,
				judge:    refuse(cmd.ErrOrStderr()),
				open:     view(dir),
				take:     oneByOne(found.add),
			}
			if err := p.runOnTerminal(cmd.Context()); err != nil {
				return err
			}
			found.sort()
			tellForeign(cmd.ErrOrStderr(), found.foreign)
			if err := found.print(cmd, &from, format.value, colourWanted(colour.value)); err != nil {
				return err
			}
			if policy != nil && tellBroken(cmd.ErrOrStderr(), policy, found.reviews) || policy == nil && !found.hunks.Empty() {
				return exitError(exitDiffers)
			}
			return nil
		},
	}
	outFlag(cmd, &out)
	from.register(cmd)
	gate.register(cmd)
	format.register(cmd, "text", "markdown", "json")
	colour.registerAs(cmd, "color", "when to use colour", "auto", "always", "never")
	return cmd
}

// differences are what diff gathers of plans.
type differences struct {
	out     string
	hunks   tree.Diff
	foreign []string
	left    []tree.Left
	reviews []*review.Review // of clusters that change
}

func (d *differences) add(plan *tree.Plan) error {
	for _, path := range plan.ForeignDelivered() {
		d.foreign = append(d.foreign, filepath.Join(d.out, plan.Cluster, filepath.FromSlash(path)))
	}
	stays, err := plan.Left()
	if err != nil {
		return err
	}
	d.left = append(d.left, stays...)
	if len(plan.Changes) > 0 {
		r, err := review.Of(plan)
		if err != nil {
			return err
		}
		d.reviews = append(d.reviews, r)
	}
	return d.hunks.Add(plan)
}

func (d *differences) sort() {
	sortLeft(d.left)
	review.Sort(d.reviews)
}

// print writes the result in the wanted form. The review is in the text of a comparison with another state alone: whoever
// changes a definition looks for lines.
func (d *differences) print(cmd *cobra.Command, from *against, format string, colour bool) error {
	stdout := cmd.OutOrStdout()
	switch format {
	case "json":
		return writeJSON(stdout, diffReport{d.hunks.Hunks(), d.left, d.reviews})
	case "markdown":
		command := "khagen diff"
		if from.revision != "" {
			command += " --against " + from.revision
		}
		_, err := stdout.Write(review.Markdown(d.reviews, d.hunks.Files(d.out), command))
		return err
	}
	lines := d.hunks.Text
	if from.revision != "" {
		if _, err := stdout.Write(review.Text(d.reviews, colour)); err != nil {
			return err
		}
		lines = d.hunks.TextHostsFirst // what the review says already comes last
	}
	_, err := stdout.Write(lines(d.out, colour))
	tellLeft(cmd.ErrOrStderr(), d.left)
	return err
}

// diffReport is what diff prints for machines.
type diffReport struct {
	Hunks   []tree.Hunk      `json:"hunks"`
	Left    []tree.Left      `json:"left"`
	Reviews []*review.Review `json:"reviews"`
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
