package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/revision"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// againstHelp is what commands that have --against say of it.
const againstHelp = `With --against REV the old side are the trees that a revision of Git has committed: a
branch, a tag, a commit, or A...B for the commit where both part (origin/main... where
this branch left main). Nothing is fetched. A folder is taken where git knows no such
revision; ./NAME is always one. The new side is the definitions as they lie here,
committed or not. With --render the old side is what this khagen makes of the definitions
at REV: so one sees what they change, and not what another version of khagen did.`

// against is the earlier state that diff and plan compare a build with: out/ as it stands, unless something is named.
type against struct {
	revision string // of Git, or a folder laid out as out/
	render   bool   // render the definitions of the revision, instead of reading its out/
	needed   bool   // an earlier state with nothing in it is refused: whoever orders a rollout may not take hosts that run for new ones
	judged   bool   // a policy depends on it: an earlier state that has definitions without trees is refused, since nothing would seem to run

	cmd *cobra.Command
}

func (a *against) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.revision, "against", "", "compare with the trees at `REV` of Git, or in a folder, instead of those in out/")
	cmd.Flags().BoolVar(&a.render, "render", false, "compare with what this khagen makes of the definitions at REV")
	cmd.Long = cmp.Or(cmd.Long, cmd.Short+".") + "\n\n" + againstHelp
	a.cmd = cmd
}

// folder gives the trees to compare with. remove takes away what it made for that.
func (a *against) folder(ctx context.Context, out string) (dir string, remove func() error, err error) {
	remove = func() error { return nil }
	switch {
	case a.revision == "" && a.cmd.Flags().Changed("against"):
		return "", nil, errors.New(`--against "": want a revision or a folder; is a variable empty?`) // out/ would seem to be meant, and differ in nothing
	case a.render && a.revision == "":
		return "", nil, errors.New("--render wants --against REV: whose definitions are to be rendered?")
	case a.revision == "":
		return out, remove, nil
	}
	folder, err := a.isFolder(ctx, out)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("--against %s: %w", a.revision, err)
	case a.render && folder:
		return a.rendered(ctx, a.revision)
	case a.render:
		return a.renderedRevision(ctx)
	case folder:
		return a.revision, remove, hasTrees(a.revision)
	}
	return a.trees(ctx, out)
}

// isFolder tells a folder from a revision; what may be both is refused.
func (a *against) isFolder(ctx context.Context, out string) (bool, error) {
	info, err := os.Stat(a.revision)
	there := err == nil && info.IsDir()
	switch path := filepath.ToSlash(a.revision); {
	case filepath.IsAbs(a.revision) || path == "." || path == ".." || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../"):
		if err == nil && !there {
			err = errors.New("that is a file, want a folder")
		}
		return true, err
	case err != nil:
		return false, nil
	}
	where, _ := a.place(out)
	switch known := revision.Known(ctx, where, a.revision); {
	case !there && known:
		return false, nil
	case !there:
		return false, errors.New("that is a file, and no revision of Git: want a folder laid out as out/, or a revision")
	case known:
		return false, fmt.Errorf("git has such a revision, and a folder is there too: write refs/heads/%[1]s (or refs/tags/…), or ./%[1]s", a.revision)
	}
	return true, nil
}

// place is the folder in whose repository out/ lies, and the path from there.
func (a *against) place(out string) (dir, path string) {
	if filepath.IsLocal(out) {
		return ".", filepath.ToSlash(out)
	}
	return filepath.Dir(out), filepath.Base(out)
}

// trees takes those that were committed.
func (a *against) trees(ctx context.Context, out string) (string, func() error, error) {
	where, path := a.place(out)
	folder, remove, err := a.extract(ctx, where, path)
	if err != nil {
		return "", nil, err
	}
	dir := filepath.Join(folder, filepath.FromSlash(path))
	if manifests, err := filepath.Glob(filepath.Join(dir, "*", "manifest.json")); err == nil && len(manifests) == 0 && (a.needed || a.judged && a.defines(ctx)) {
		return "", nil, errors.Join(a.nothing("tree below "+filepath.ToSlash(out)+"/",
			"name a revision that has what hosts run, or add --render to take what its definitions give"), remove())
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		a.note("%s has no %s/: all is new", a.revision, filepath.ToSlash(out))
	}
	return dir, remove, nil
}

// defines tells whether the revision has clusters, with trees or without.
func (a *against) defines(ctx context.Context) bool {
	folder, remove, err := revision.Extract(ctx, ".", a.revision, overlays)
	if err != nil {
		return true // nobody knows
	}
	defer func() { _ = remove() }()
	if _, err := os.Stat(filepath.Join(folder, overlays)); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	dirs, err := schema.Find(filepath.Join(folder, overlays))
	return err != nil || len(dirs) > 0
}

// nothing refuses an earlier state that has nothing in it.
func (a *against) nothing(what, instead string) error {
	return fmt.Errorf("--against %s: it has no %s, so hosts that run would be taken for new ones: %s", a.revision, what, instead)
}

// extract reads files of the revision, and says where what it is compared with isn't committed.
func (a *against) extract(ctx context.Context, where, path string) (folder string, remove func() error, err error) {
	folder, remove, err = revision.Extract(ctx, where, a.revision, path)
	var unknown *revision.Unknown
	switch {
	case errors.As(err, &unknown):
		return "", nil, fmt.Errorf("--against: %w: %s", err, unknownHint(unknown))
	case err != nil:
		return "", nil, fmt.Errorf("--against: %w", err)
	}
	if dirty, err := revision.Uncommitted(ctx, ".", overlays); err == nil && dirty {
		a.note("%s/ has changes that aren't committed; they are compared too", overlays)
	}
	return folder, remove, nil
}

func (a *against) note(format string, args ...any) {
	fmt.Fprintf(a.cmd.ErrOrStderr(), "khagen: "+format+"\n", args...)
}

// unknownHint says how to come to a revision that the clone hasn't got.
func unknownHint(u *revision.Unknown) string {
	for _, name := range u.Names {
		if _, branch, _ := strings.Cut(name, "/"); branch == u.Rev {
			return fmt.Sprintf("did you mean %s?", name)
		}
	}
	if u.Shallow {
		return "it is a shallow clone, which git fetch --unshallow completes (in GitHub's actions/checkout: fetch-depth: 0; in GitLab: GIT_DEPTH: 0)"
	}
	if near := schema.Nearest(u.Rev, u.Names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "git fetch brings what others pushed, and khagen fetches nothing; ./NAME would be a folder"
}

// hasTrees refuses a folder without any cluster's tree: all would be new, and nothing would seem to run that could be lost.
func hasTrees(dir string) error {
	holds, err := holdsTree(dir)
	if holds || err != nil {
		return err
	}
	for _, near := range []string{filepath.Join(dir, "out"), filepath.Dir(filepath.Clean(dir))} {
		if holds, err := holdsTree(near); holds && err == nil {
			return fmt.Errorf("--against %s: the trees are in %s: name that", dir, near)
		}
	}
	return fmt.Errorf("--against %s: the folder has no tree of khagen's (CLUSTER/manifest.json): name what a build wrote, such as out", dir)
}

// holdsTree tells whether a folder has the tree of a cluster.
func holdsTree(dir string) (bool, error) {
	manifests, err := filepath.Glob(filepath.Join(dir, "*", "manifest.json"))
	if err != nil {
		return false, err
	}
	for _, path := range manifests {
		content, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		if m, _ := tree.ReadManifest(content); m.Cluster != "" && m.Host == "" {
			return true, nil
		}
	}
	return false, nil
}

// view opens the trees in dir, whatever folder a pipeline asks for.
func view(dir string) func(string) (*tree.Folder, error) {
	return func(string) (*tree.Folder, error) { return tree.View(dir) }
}
