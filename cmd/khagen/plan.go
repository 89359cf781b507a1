package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

func newPlanCmd() *cobra.Command {
	var out string
	var format formatFlag
	from := against{needed: true}
	cmd := &cobra.Command{
		Use:   "plan [CLUSTER…]",
		Short: "Say in which order hosts take a change",
		Long: `Plan orders what a build would change into waves: which hosts take what, one after
the other or a few at a time, so that the API and etcd's quorum stay. Each wave has
what has to hold before it, what to check after it, and how to go back from there, as
commands for that cluster. Nothing is run, and no host is asked.

The old state is out/ as it stands, which is what hosts have until the build is
brought to them; after the build it is a revision: --against HEAD~. One without any
tree is refused: all hosts would seem to be new. Changes that no order makes safe are
refused, with the way to do them in steps.

Exits 0 where there are waves or nothing to do, 2 where a change is refused or couldn't
be planned.`,
		Example: `  khagen plan
  khagen plan shop-prod --against origin/main --format markdown
  khagen plan --against HEAD~ --format json > plan.json`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			plans := []*rollout.Plan{}
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
				take: oneByOne(func(change *tree.Plan) error {
					plan, err := rollout.Of(change)
					if err == nil {
						plans = append(plans, plan)
					}
					return err
				}),
			}
			if err := p.runOnTerminal(cmd.Context()); err != nil {
				return err
			}
			slices.SortFunc(plans, func(a, b *rollout.Plan) int { return topology.CompareNatural(a.Cluster, b.Cluster) })
			if err := writePlans(cmd.OutOrStdout(), plans, format.value); err != nil {
				return err
			}
			return refusedPlans(plans)
		},
	}
	outFlag(cmd, &out)
	from.register(cmd)
	format.register(cmd, "text", "markdown", "json")
	return cmd
}

// planReport is what plan prints for machines.
type planReport struct {
	Plans []*rollout.Plan `json:"plans"`
}

// writePlans prints those of clusters for which there is something to say; all of them for machines.
func writePlans(w io.Writer, plans []*rollout.Plan, format string) error {
	if format == "json" {
		return writeJSON(w, planReport{plans})
	}
	said := 0
	for _, p := range plans {
		if p.Empty() && len(plans) > 1 {
			continue
		}
		text := p.Text()
		if format == "markdown" {
			text = p.Markdown()
		}
		if said++; said > 1 {
			text = "\n" + text
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// refusedPlans is an error where a change is refused.
func refusedPlans(plans []*rollout.Plan) error {
	var problems []error
	for _, p := range plans {
		if !p.Safe {
			problems = append(problems, fmt.Errorf("no order of waves is safe for %s", p.Cluster))
		}
	}
	return errors.Join(problems...)
}
