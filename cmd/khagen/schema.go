package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/schema"
)

func newSchemaCmd() *cobra.Command {
	var format formatFlag
	var write, check bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of a definition, or lay it out for editors",
		Long: `Schema prints all that a definition can say: as CUE, which is what khagen itself goes
by, or as JSON Schema (2020-12), which editors complete and check cluster.yaml with.

With --write it puts files into overlays/ that editors find there: khagen.cue, from which
CUE's language server knows all fields and what they mean, and khagen.schema.json, which
a cluster.yaml names in its first line. Other commands of khagen pass over both. They
belong into Git; --check tells whether they are those of this khagen. docs/editors.md
says how to set up an editor.

Exits 1 with --check where they are not.`,
		Example: `  khagen schema | less
  khagen schema --format json | jq .properties.cluster.properties.vip
  khagen schema --write`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if write || check {
				return equipEditors(cmd.OutOrStdout(), check)
			}
			return printSchema(cmd.OutOrStdout(), format.json())
		},
	}
	format.register(cmd, "cue", "json")
	cmd.Flags().BoolVar(&write, "write", false, "write the files for editors into "+overlays+"/, and print the names of those that changed")
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, print the names of those that --write would change, and exit 1 if there are any")
	cmd.MarkFlagsMutuallyExclusive("format", "write", "check")
	return cmd
}

func printSchema(w io.Writer, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(w, schema.Definition())
		return err
	}
	data, err := schema.JSONSchema()
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// equipEditors brings the files for editors up to date, or only tells which are not.
func equipEditors(w io.Writer, check bool) error {
	if _, err := os.Stat(overlays); errors.Is(err, fs.ErrNotExist) {
		return noOverlays()
	}
	files, err := schema.EditorFiles()
	if err != nil {
		return err
	}
	var r rewrite
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(overlays, name)
		switch old, err := os.ReadFile(path); {
		case errors.Is(err, fs.ErrNotExist):
			r.add(path, files[name])
		case err != nil:
			return err
		case !schema.IsForEditors(name, old):
			return fmt.Errorf("%s is there, and not khagen's: the file for editors needs this name, so give yours another", path)
		case !bytes.Equal(old, files[name]):
			r.add(path, files[name])
		}
	}
	return r.run(w, check)
}
