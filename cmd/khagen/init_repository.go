package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/starter"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// lookAround reads the clusters that are there, as far as they can be understood: vet says the rest.
func (o *initOptions) lookAround(ctx context.Context, messages io.Writer) (err error) {
	o.folders, err = schema.Find(overlays)
	if problems := o.unmended(mistakes(err, "")); len(problems) > 0 {
		return refuse(messages)(problems)
	}
	o.fleet, _, err = load(ctx, o.folders, new(progress))
	for _, c := range o.fleet {
		o.answers.Others = append(o.answers.Others, c.Spec)
	}
	return err
}

// unmended leaves out that there is no cluster in a folder, where the new one comes into it.
func (o *initOptions) unmended(problems []problem) []problem {
	place := filepath.Join(overlays, filepath.FromSlash(o.answers.Folder))
	return slices.DeleteFunc(problems, func(p problem) bool {
		definitions, err := filepath.Glob(filepath.Join(p.File, "cluster.*"))
		return strings.HasPrefix(place, p.File+string(filepath.Separator)) && err == nil && definitions == nil
	})
}

// hasDefinitions says whether there is a repository already.
func hasDefinitions() (bool, error) {
	entries, err := os.ReadDir(overlays)
	if errors.Is(err, fs.ErrNotExist) {
		return false, notInsideAnother()
	}
	return len(entries) > 0, err
}

// notInsideAnother refuses to begin a repository inside one that a cluster may be meant for: among its definitions or its trees, or
// elsewhere in the same Git repository.
func notInsideAnother() error {
	here, err := os.Getwd()
	root, isGit := gitRoot()
	for dir, up := here, "."; err == nil && dir != filepath.Dir(dir); {
		below := filepath.Base(dir)
		dir, up = filepath.Dir(dir), filepath.Join(up, "..")
		if _, noModule := os.Stat(filepath.Join(dir, overlays, "cue.mod", "module.cue")); noModule != nil {
			continue
		}
		switch {
		case below == overlays || below == "out":
			return fmt.Errorf("this folder belongs to the repository in %s: use khagen -C %s init", dir, up)
		case isGit && within(dir, root):
			return fmt.Errorf("no folder %[1]s/ here, but in %[2]s: use khagen -C %[3]s init, or make %[1]s/ here for definitions of their own", overlays, dir, up)
		}
	}
	return err
}

// around gives the files that a new repository has around its clusters: those to write, and those that are there.
func around() (missing, there []starter.File) {
	for _, file := range starter.Repository(release(thisBuild().Version)) {
		_, err := os.Lstat(filepath.FromSlash(file.Path))
		switch {
		case err == nil:
			there = append(there, file)
		case file.Path != starter.Workflow || isGitRoot():
			missing = append(missing, file)
		}
	}
	return missing, there
}

// missingModule gives the module file where definitions are there without one.
func missingModule() ([]starter.File, error) {
	dir, err := filepath.Abs(overlays)
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "cue.mod", "module.cue")); err == nil {
			return nil, nil
		}
		if dir == filepath.Dir(dir) {
			return []starter.File{starter.Module()}, nil
		}
	}
	return nil, err
}

// release is what go install gets: this version where it is a release, else the newest.
func release(own string) string {
	if _, err := upstream.ParseVersion(strings.TrimPrefix(own, "v")); err != nil {
		return "latest"
	}
	return own
}

// isGitRoot says whether this folder is the one where GitHub looks for workflows, or may become it.
func isGitRoot() bool {
	root, known := gitRoot()
	here, err := os.Getwd()
	return !known || err == nil && root == here
}

// tellWritten says what there is now, and what comes next.
func (c *newcomer) tellWritten(w io.Writer, written, left []starter.File) {
	for _, file := range written {
		fmt.Fprintln(w, "wrote", filepath.FromSlash(file.Path))
	}
	for _, file := range left {
		own, err := os.ReadFile(filepath.FromSlash(file.Path))
		fmt.Fprint(w, "left ", filepath.FromSlash(file.Path), " as it is")
		if lacks := starter.Lacks(file, own); err == nil && len(lacks) > 0 {
			fmt.Fprint(w, "; add to it: ", strings.Join(lacks, "; "))
		}
		fmt.Fprintln(w)
	}
	printProblems(w, c.warnings)
}
