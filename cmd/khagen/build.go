package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// outFlag registers --out.
func outFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVar(out, "out", "out", "`DIR` of the rendered trees")
	_ = cmd.MarkFlagDirname("out")
}

type buildOptions struct {
	out    string
	check  bool
	format formatFlag
}

func newBuildCmd() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build [CLUSTER…]",
		Short: "Render definitions into out/",
		Long: `Build reads every definition below overlays/, renders it and writes out/<cluster>/.

All of out/ is as it was when anything goes wrong; each cluster changes in one step.
Files below out/ that khagen did not write stay. Without arguments the trees of
deleted clusters are removed; with arguments only the named clusters are touched.

Exits 2 where a definition cannot be understood or a rule refuses it. Warnings are
printed and stop nothing. With --check it exits 1 where out/ is not up to date.`,
		Example: `  khagen build                        # every cluster
  khagen build shop-prod shop-staging # these two
  khagen build --check                # in CI: is out/ what the definitions say?`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.check {
				return runCheck(cmd, args, o)
			}
			return runBuild(cmd, args, o)
		},
	}
	outFlag(cmd, &o.out)
	cmd.Flags().BoolVar(&o.check, "check", false, "write nothing; exit 1 and say what is stale where out/ is not up to date")
	o.format.register(cmd, "text", "json")
	return cmd
}

func runBuild(cmd *cobra.Command, clusters []string, o buildOptions) (err error) {
	if o.format.json() {
		return errors.New("--format goes with --check: a build prints nothing")
	}
	var out *tree.Out
	defer func() {
		if out != nil {
			err = errors.Join(err, out.Close())
		}
	}()
	p := pipeline{
		clusters: clusters,
		out:      o.out,
		judge:    refuse(cmd.ErrOrStderr()),
		open: func(dir string) (folder *tree.Folder, err error) {
			if out, err = tree.Open(dir); err != nil {
				return nil, err
			}
			return out.Folder, nil
		},
		take: func(plan *tree.Plan) error { return out.Stage(plan) },
	}
	if err := p.runOnTerminal(cmd.Context()); err != nil {
		return err
	}
	return out.Commit()
}

// staleClusters is what build --check prints for machines.
type staleClusters struct {
	Stale []tree.Summary `json:"stale"`
}

func runCheck(cmd *cobra.Command, clusters []string, o buildOptions) error {
	found := staleClusters{Stale: []tree.Summary{}}
	p := pipeline{
		clusters: clusters,
		out:      o.out,
		judge:    refuse(cmd.ErrOrStderr()),
		open:     tree.View,
		take: oneByOne(func(plan *tree.Plan) error {
			if s := plan.Summary(); !s.Empty() {
				found.Stale = append(found.Stale, s)
			}
			return nil
		}),
	}
	if err := p.runOnTerminal(cmd.Context()); err != nil {
		return err
	}
	slices.SortFunc(found.Stale, func(a, b tree.Summary) int { return topology.CompareNatural(a.Cluster, b.Cluster) })
	if o.format.json() {
		if err := writeJSON(cmd.OutOrStdout(), found); err != nil {
			return err
		}
	} else {
		for _, s := range found.Stale {
			fmt.Fprint(cmd.OutOrStdout(), s.Text(o.out))
		}
	}
	if len(found.Stale) > 0 {
		return exitError(exitDiffers)
	}
	return nil
}
