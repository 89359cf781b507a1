package main

import (
	"errors"

	"github.com/spf13/cobra"
)

type vetOptions struct {
	strict, accepted bool
	format           formatFlag
}

func newVetCmd() *cobra.Command {
	var o vetOptions
	cmd := &cobra.Command{
		Use:   "vet [CLUSTER…]",
		Short: "Check definitions without writing anything",
		Long: `Vet reads every definition below overlays/, applies all rules and renders in memory.
It prints what it finds, each with its place and what to do. With names it tells of these
clusters alone, and of every definition that cannot be understood.

Exits 1 where a rule finds an error (with --strict: or a warning that the definition
does not accept), 2 where a definition cannot be understood or rendered.

For programs there are json, sarif (2.1.0, as GitHub's code scanning reads it) and
codequality (GitLab's). The last two name files as seen from the root of the Git
repository. With --accepted, accepted warnings are suppressions in sarif.`,
		Example: `  khagen vet
  khagen vet shop-prod --strict
  khagen vet --format json | jq -r '.problems[].id'
  khagen vet --format sarif > khagen.sarif`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVet(cmd, args, o)
		},
	}
	cmd.Flags().BoolVar(&o.strict, "strict", false, "exit 1 for warnings too")
	cmd.Flags().BoolVar(&o.accepted, "accepted", false, "list accepted warnings too, each with its reason")
	o.format.register(cmd, "text", "json", "sarif", "codequality")
	return cmd
}

func runVet(cmd *cobra.Command, clusters []string, o vetOptions) error {
	problems := []problem{}
	p := pipeline{
		clusters: clusters,
		out:      "out",
		accepted: o.accepted,
		judge: func(all []problem) error {
			problems = append(problems, all...)
			return o.verdict(problems)
		},
	}
	err := p.runOnTerminal(cmd.Context())
	switch o.format.value {
	case "json":
		return errors.Join(err, writeJSON(cmd.OutOrStdout(), struct {
			Problems []problem `json:"problems"`
		}{problems}))
	case "sarif":
		return errors.Join(err, writeSARIF(cmd.OutOrStdout(), problems, o.accepted))
	case "codequality":
		return errors.Join(err, writeCodeQuality(cmd.OutOrStdout(), problems))
	}
	printProblems(cmd.OutOrStdout(), problems)
	return err
}

// verdict is the exit code that problems deserve. Nothing is rendered then: what is refused need not be possible.
func (o *vetOptions) verdict(problems []problem) error {
	code := exitFine
	for _, p := range problems {
		switch {
		case p.mistake():
			code = exitFailed
		case p.fails() || o.strict && p.Accepted == "":
			code = max(code, exitDiffers)
		}
	}
	if code != exitFine {
		return exitError(code)
	}
	return nil
}
