package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// step is one line of a journal: the order in which files are moved one by one where folders can't be exchanged.
type step struct {
	op   Op
	path string // below the cluster's folder
}

// stepsOf gives the steps of a plan: first what goes, so that a file can become a folder, and manifests at the end of
// their kind, so that they list khagen's files at every moment.
func stepsOf(changes []Change) []step {
	steps := make([]step, len(changes))
	for i, c := range changes {
		steps[i] = step{c.Op, c.Path}
	}
	rank := func(s step) int {
		r := 0
		if s.op != OpRemove {
			r += 2
		}
		if isManifest(s.path) {
			r++
		}
		return r
	}
	slices.SortStableFunc(steps, func(a, b step) int { return rank(a) - rank(b) })
	return steps
}

func journalPath(stageDir string) string { return filepath.Join(stageDir, "journal") }

// draftJournal writes the steps down, under a name that nobody reads yet.
func (s *stage) draftJournal(changes []Change) error {
	var b bytes.Buffer
	for _, step := range stepsOf(changes) {
		fmt.Fprintf(&b, "%s %s\n", step.op, strconv.Quote(step.path))
	}
	return s.write(journalPath(s.dir)+".draft", 0o644, b.Bytes())
}

// startJournal makes the draft valid: from here on its steps are done, by this build or by the next one.
func (s *stage) startJournal() error {
	return os.Rename(journalPath(s.dir)+".draft", journalPath(s.dir))
}

// readJournal gives the steps of a stage, none where its files were not yet being moved.
func readJournal(stageDir string) ([]step, error) {
	data, err := os.ReadFile(journalPath(stageDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var steps []step
	for line := range strings.Lines(string(data)) {
		op, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		p, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: not a line of a journal", journalPath(stageDir), line)
		}
		steps = append(steps, step{Op(op), p})
	}
	return steps, nil
}

// replay does the steps of the stage's journal. Done twice, or from the middle on, it gives the same folder.
func (s *stage) replay() error {
	steps, err := readJournal(s.dir)
	if err != nil || len(steps) == 0 {
		return err
	}
	root, err := os.OpenRoot(s.out)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, step := range steps {
		to := path.Join(s.cluster, step.path)
		if step.op == OpRemove {
			err = remove(root, to)
		} else {
			err = move(root, path.Join(filepath.Base(s.dir), "tree", step.path), to, step.op == OpAdd)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// remove removes a file and the folders that are empty without it.
func remove(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err == nil && info.Mode().IsRegular() {
		err = root.Remove(name)
	}
	if err != nil && !missing(err) {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		info, err := root.Lstat(dir)
		if missing(err) {
			continue
		}
		if err != nil || !info.IsDir() || root.Remove(dir) != nil { // a file where the folder was, or not empty
			break
		}
	}
	return nil
}

// move moves a staged file into place. One that is gone has been moved before. A new file does not overwrite what has
// come since.
func move(root *os.Root, from, to string, added bool) error {
	if _, err := root.Lstat(from); missing(err) {
		return nil
	}
	info, err := root.Lstat(to)
	switch {
	case err == nil && info.IsDir():
		if err := removeEmpty(root, to); err != nil {
			return err
		}
	case err == nil && added:
		return nil
	case err != nil && !missing(err):
		return err
	}
	if err := mkdirIn(root, path.Dir(to)); err != nil {
		return err
	}
	return root.Rename(from, to)
}

// removeEmpty removes a folder that holds nothing but empty folders.
func removeEmpty(root *os.Root, name string) error {
	entries, err := fs.ReadDir(root.FS(), name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeEmpty(root, path.Join(name, e.Name())); err != nil {
				return err
			}
		}
	}
	return root.Remove(name)
}

// mkdirIn makes a folder and those above it, with mode 0755 whatever the umask is.
func mkdirIn(root *os.Root, name string) error {
	if _, err := root.Stat(name); err == nil {
		return nil
	}
	if dir := path.Dir(name); dir != "." {
		if err := mkdirIn(root, dir); err != nil {
			return err
		}
	}
	if err := root.Mkdir(name, 0o755); err != nil {
		return err
	}
	return root.Chmod(name, 0o755)
}

// missing tells whether there is no such file, perhaps because a folder on the way is a file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder) }
