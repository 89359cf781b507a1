package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func newPlanCmd() *cobra.Command {
	var out string
	var from against
	cmd := &cobra.Command{
		Use:               "plan [CLUSTER…]",
		Short:             "Say in which order hosts take a change",
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("not built yet")
		},
	}
	outFlag(cmd, &out)
	from.register(cmd)
	return cmd
}
