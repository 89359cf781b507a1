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
deleted clusters are removed; with arguments only the named clusters are touched. All
definitions are read and judged against each other even then: one that cannot be
understood fails the build of any other.

Exits 2 where a definition cannot be understood or a rule refuses it. Warnings are
printed and stop nothing. With --check it exits 1 where out/ is not up to date.

With --format json, stdout gets one object, whatever the exit code: "problems" as vet
lists them (empty where there are none), and with --check "stale" too.`,
		Example: `  khagen build                        # every cluster
  khagen build shop-prod shop-staging # these two
  khagen build --check                # in CI: is out/ what the definitions say?
  khagen build --check --format json | jq -r '.stale[].cluster'`,
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
	var out *tree.Out
	found := buildReport{Problems: []problem{}}
	defer func() {
		if out != nil {
			err = errors.Join(err, out.Close())
		}
		if o.format.json() {
			err = errors.Join(err, writeJSON(cmd.OutOrStdout(), found))
		}
	}()
	p := pipeline{
		clusters: clusters,
		out:      o.out,
		judge:    o.judge(cmd, &found.Problems),
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

// buildReport is what build prints for machines.
type buildReport struct {
	Problems []problem `json:"problems"`
}

// checkReport is what build --check prints for machines.
type checkReport struct {
	buildReport
	Stale []tree.Summary `json:"stale"`
}

// judge refuses what has errors; people get to read all problems, for machines they are gathered.
func (o *buildOptions) judge(cmd *cobra.Command, gathered *[]problem) func([]problem) error {
	if !o.format.json() {
		return refuse(cmd.ErrOrStderr())
	}
	return func(problems []problem) error {
		*gathered = append(*gathered, problems...)
		return refused(problems)
	}
}

func runCheck(cmd *cobra.Command, clusters []string, o buildOptions) error {
	found := checkReport{buildReport{Problems: []problem{}}, []tree.Summary{}}
	p := pipeline{
		clusters: clusters,
		out:      o.out,
		judge:    o.judge(cmd, &found.Problems),
		open:     tree.View,
		take: oneByOne(func(plan *tree.Plan) error {
			if s := plan.Summary(); !s.Empty() {
				found.Stale = append(found.Stale, s)
			}
			return nil
		}),
	}
	err := p.runOnTerminal(cmd.Context())
	slices.SortFunc(found.Stale, func(a, b tree.Summary) int { return topology.CompareNatural(a.Cluster, b.Cluster) })
	if o.format.json() {
		err = errors.Join(err, writeJSON(cmd.OutOrStdout(), found))
	}
	if err != nil {
		return err
	}
	for _, s := range found.Stale {
		if !o.format.json() {
			fmt.Fprint(cmd.OutOrStdout(), s.Text(o.out))
		}
	}
	if len(found.Stale) > 0 {
		return exitError(exitDiffers)
	}
	return nil
}
