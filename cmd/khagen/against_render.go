package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// renderedRevision renders the definitions of the revision.
func (a *against) renderedRevision(ctx context.Context) (string, func() error, error) {
	folder, removeFolder, err := a.extract(ctx, ".", overlays)
	if err != nil {
		return "", nil, err
	}
	dir, remove, err := a.rendered(ctx, folder)
	if err := errors.Join(err, removeFolder()); err != nil {
		return "", nil, err
	}
	return dir, remove, nil
}

// rendered renders the definitions below root, the folder that has overlays/, into a temporary folder.
func (a *against) rendered(ctx context.Context, root string) (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "khagen-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(dir) }
	// Rendered files name definitions as seen from the repository, so that is where a build has to run.
	err = inside(root, func() error { return a.renderInto(ctx, dir) })
	if err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}

// inside calls do in another folder.
func inside(dir string, do func() error) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	return errors.Join(do(), os.Chdir(here))
}

// renderInto is a build of the definitions that lie here, as far as they are asked for.
func (a *against) renderInto(ctx context.Context, dir string) (err error) {
	clusters, err := a.renderable()
	if err != nil || len(clusters) == 0 {
		return err
	}
	var out *tree.Out
	p := pipeline{
		clusters: clusters,
		out:      dir,
		judge:    a.refuseOld,
		open: func(dir string) (folder *tree.Folder, err error) {
			if out, err = tree.Open(dir); err != nil {
				return nil, err
			}
			return out.Folder, nil
		},
		take: func(plan *tree.Plan) error { return out.Stage(plan) },
	}
	err = p.runOnTerminal(ctx)
	if out == nil {
		return err
	}
	if err == nil {
		err = out.Commit()
	}
	return errors.Join(err, out.Close())
}

// renderable gives the clusters that are asked for and defined here; those that aren't defined are new.
func (a *against) renderable() ([]string, error) {
	var names []string
	if _, err := os.Stat(overlays); err == nil {
		dirs, err := schema.Find(overlays)
		if problems := mistakes(err, ""); problems != nil {
			return nil, a.refuseOld(problems)
		}
		names = clusterNames(dirs)
	}
	if len(names) == 0 && a.needed {
		return nil, a.nothing("definitions below "+overlays+"/", "name a revision that has them")
	} else if len(names) == 0 {
		a.note("%s has no definitions below %s/: all is new", a.revision, overlays)
	}
	if asked := a.cmd.Flags().Args(); len(asked) > 0 {
		names = slices.DeleteFunc(names, func(name string) bool {
			return !slices.ContainsFunc(asked, func(arg string) bool { return filepath.Base(arg) == name })
		})
	}
	return names, nil
}

// refuseOld says that this khagen renders the old definitions no more, and what to compare instead.
func (a *against) refuseOld(problems []problem) error {
	const most = 3
	problems = slices.DeleteFunc(slices.Clone(problems), func(p problem) bool {
		ofRepository := p.Cluster == "" && !p.mistake() // such as a .gitignore above the temporary folder
		return !p.fails() || ofRepository
	})
	if len(problems) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "--render: this khagen doesn't accept the definitions at %s; compare with the trees there, without --render", a.revision)
	for i := range problems[:min(most, len(problems))] {
		fmt.Fprintf(&text, "\n  %s", strings.ReplaceAll(problems[i].text([]string{problems[i].Cluster}), "\n", "\n  "))
	}
	if more := len(problems) - most; more > 0 {
		fmt.Fprintf(&text, "\n  and %d more", more)
	}
	return errors.New(text.String())
}
