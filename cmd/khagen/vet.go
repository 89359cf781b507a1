package main

import (
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/rules"
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
It prints what it finds, each with its place and what to do.

Exits 1 where a rule finds an error (with --strict: or a warning that the definition
does not accept), 2 where a definition cannot be understood or rendered.`,
		Example: `  khagen vet
  khagen vet shop-prod --strict
  khagen vet --format json | jq -r '.problems[].id'`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVet(cmd, args, o)
		},
	}
	cmd.Flags().BoolVar(&o.strict, "strict", false, "exit 1 for warnings too")
	cmd.Flags().BoolVar(&o.accepted, "accepted", false, "list accepted warnings too, each with its reason")
	o.format.register(cmd, "text", "json")
	return cmd
}

func runVet(cmd *cobra.Command, clusters []string, o vetOptions) error {
	var findings []rules.Finding
	p := pipeline{
		clusters: clusters,
		out:      "out",
		judge: func(all []rules.Finding) error {
			findings = all
			if slices.ContainsFunc(all, isError) {
				return exitError(exitDiffers) // what a rule refuses need not render
			}
			return nil
		},
	}
	err := p.runOnTerminal(cmd.Context())
	if !o.accepted {
		findings = slices.DeleteFunc(findings, func(f rules.Finding) bool { return f.Accepted != "" })
	}
	if o.strict && slices.ContainsFunc(findings, func(f rules.Finding) bool { return f.Accepted == "" }) {
		err = errors.Join(err, exitError(exitDiffers))
	}
	if o.format.json() {
		return printProblems(cmd.OutOrStdout(), findings, err)
	}
	for _, f := range findings {
		printFinding(cmd.OutOrStdout(), f)
	}
	return err
}

// printProblems writes findings and errors as JSON. What is left of the error is its exit code.
func printProblems(w io.Writer, findings []rules.Finding, err error) error {
	list := struct {
		Problems []problem `json:"problems"`
	}{[]problem{}}
	for _, e := range split(err) {
		if !errors.As(e, new(exitError)) {
			list.Problems = append(list.Problems, problemOfError(e))
		}
	}
	for _, f := range findings {
		list.Problems = append(list.Problems, problemOfFinding(f))
	}
	return errors.Join(writeJSON(w, list), exitError(tell(io.Discard, err)))
}
