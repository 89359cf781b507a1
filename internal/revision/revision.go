// Package revision reads an earlier state of a repository: in come a folder and a revision of Git, out goes a temporary folder
// with the files of that revision. It asks the program git for what is there already; nothing is fetched, and neither
// attributes nor filters play a role: files have the bytes that were committed.
package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// Extract writes the files below paths (relative to dir, slash-separated) at a revision of the repository that dir lies in into a
// temporary folder, laid out as in dir. What the revision hasn't got is missing there. remove takes the folder away again.
//
// A revision is what git calls a commit, or A...B for the commit where both part (HEAD where one is left out).
func Extract(ctx context.Context, dir, rev string, paths ...string) (folder string, remove func() error, err error) {
	for i, p := range paths {
		paths[i] = path.Clean(p)
		if p := paths[i]; path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") {
			return "", nil, fmt.Errorf("%s isn't below %s", p, dir)
		}
	}
	r := repository{dir}
	commit, err := r.commit(ctx, rev)
	if err != nil {
		return "", nil, err
	}
	folder, err = os.MkdirTemp("", "khagen-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(folder) }
	if err := r.extract(ctx, commit, paths, &layout{dir: folder}); err != nil {
		return "", nil, errors.Join(fmt.Errorf("read %s at %s: %w", strings.Join(paths, ", "), rev, err), remove())
	}
	return folder, remove, nil
}

// Known tells whether dir lies in a repository that has this revision.
func Known(ctx context.Context, dir, rev string) bool {
	_, err := repository{dir}.commit(ctx, rev)
	return err == nil
}

// Uncommitted tells whether files below paths (as for Extract) differ from the commit that is checked out.
func Uncommitted(ctx context.Context, dir string, paths ...string) (bool, error) {
	args := []string{"status", "--porcelain", "--untracked-files=normal", "--"}
	changes, _, err := repository{dir}.output(ctx, slices.Concat(args, paths)...)
	return changes != "", err
}
