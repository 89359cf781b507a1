package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/schema"
)

func newSchemaCmd() *cobra.Command {
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of a definition",
		Long: `Schema prints all that a definition can say: as CUE, which is what khagen itself goes
by, or as JSON Schema (2020-12), which editors complete and check cluster.yaml with.`,
		Example: `  khagen schema | less
  khagen schema --format json > khagen.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !format.json() {
				_, err := io.WriteString(cmd.OutOrStdout(), schema.Definition())
				return err
			}
			data, err := schema.JSONSchema()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
	format.register(cmd, "cue", "json")
	return cmd
}
