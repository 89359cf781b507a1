package main

import (
	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/tree"
)

func newDiffCmd() *cobra.Command {
	var out string
	var colour, format formatFlag
	cmd := &cobra.Command{
		Use:   "diff [CLUSTER…]",
		Short: "Show what a build would change",
		Long: `Diff prints what a build would change, in unified form. A hunk that is the same on
several hosts stands there once, with the hosts that it concerns.

Exits 0 where nothing would change, 1 where something would, 2 where it could not.`,
		Example: `  khagen diff
  khagen diff shop-prod --color always | less -R
  khagen diff --format json | jq -r '.hunks[].path'`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var diff tree.Diff
			p := pipeline{
				clusters: args,
				out:      out,
				judge:    refuse(cmd.ErrOrStderr()),
				open:     tree.View,
				take:     oneByOne(diff.Add),
			}
			if err := p.runOnTerminal(cmd.Context()); err != nil {
				return err
			}
			if err := printDiff(cmd, &diff, format.json(), colourWanted(colour.value)); err != nil {
				return err
			}
			if !diff.Empty() {
				return exitError(exitDiffers)
			}
			return nil
		},
	}
	outFlag(cmd, &out)
	format.register(cmd, "text", "json")
	colour.registerAs(cmd, "color", "when to use colour", "auto", "always", "never")
	return cmd
}

func printDiff(cmd *cobra.Command, diff *tree.Diff, asJSON, colour bool) error {
	if asJSON {
		return writeJSON(cmd.OutOrStdout(), struct {
			Hunks []tree.Hunk `json:"hunks"`
		}{diff.Hunks()})
	}
	_, err := cmd.OutOrStdout().Write(diff.Text(colour))
	return err
}
