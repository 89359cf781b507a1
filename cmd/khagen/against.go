package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/revision"
	"github.com/khagen/khagen/internal/tree"
)

// against is the earlier state that diff and plan compare a build with: out/ as it stands, unless something is named.
type against struct {
	revision string // of Git, or a folder laid out as out/
	render   bool   // render the definitions of the revision, instead of reading its out/
}

func (a *against) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.revision, "against", "", "compare with the trees at `REV` of Git, or in a folder, instead of those in out/")
	cmd.Flags().BoolVar(&a.render, "render", false, "compare with what this khagen makes of the definitions at REV")
}

// folder gives the trees to compare with. remove takes away what it made for that.
func (a *against) folder(ctx context.Context, out string) (dir string, remove func() error, err error) {
	remove = func() error { return nil }
	if a.revision == "" {
		return out, remove, nil
	}
	if info, err := os.Stat(a.revision); err == nil && info.IsDir() {
		return a.revision, remove, nil
	}
	return revision.Extract(ctx, ".", a.revision, out)
}

// view opens the trees in dir, whatever folder a pipeline asks for.
func view(dir string) func(string) (*tree.Folder, error) {
	return func(string) (*tree.Folder, error) { return tree.View(dir) }
}
