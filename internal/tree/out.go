package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// stagePrefix begins the names of the folders, beside the clusters', in which a build prepares what it will swap in.
const stagePrefix = ".stage-"

// Folder is out/ as it stands on disk, for reading.
type Folder struct {
	dir         string
	interrupted map[string]map[string]bool // cluster → files that a killed build may have moved into place already
}

// View gives out/ for reading only: no lock is taken and nothing is written. It may be missing, or not be writable.
func View(dir string) (*Folder, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Folder{dir: dir}, nil
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, isNoFolder(dir)
	}
	f := &Folder{dir: dir}
	stages, err := f.stages()
	if err != nil {
		return nil, err
	}
	for _, cluster := range stages {
		steps, err := readJournal(f.stageDir(cluster))
		if err != nil {
			return nil, err
		}
		if f.interrupted == nil {
			f.interrupted = map[string]map[string]bool{}
		}
		f.interrupted[cluster] = map[string]bool{}
		for _, s := range steps {
			f.interrupted[cluster][s.path] = true
		}
	}
	return f, nil
}

func isNoFolder(path string) error { return fmt.Errorf("%s: is not a folder", path) }

func (f *Folder) stageDir(cluster string) string { return filepath.Join(f.dir, stagePrefix+cluster) }

// stages gives the clusters for which there is a stage, which is one that a killed build left.
func (f *Folder) stages() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var clusters []string
	for _, e := range entries {
		if cluster, ok := strings.CutPrefix(e.Name(), stagePrefix); ok && e.IsDir() {
			clusters = append(clusters, cluster)
		}
	}
	return clusters, nil
}

// Out is out/, locked for one build: Plan each cluster, Stage what differs, Commit all of it at once.
type Out struct {
	*Folder
	unlock  func() error
	created bool // by Open

	mutex    sync.Mutex // Stage can be called from several goroutines
	staged   []*stage
	exchange func(a, b string) error // swaps two folders in one step; errNoExchange where that isn't possible
	probe    sync.Once
	whole    bool // exchange works here, so stages hold whole trees
}

// Open locks out/ for a build, creates it where it is missing, and mends what a killed build left there.
// Where another build is running, the error names it.
func Open(dir string) (*Out, error) {
	err := os.Mkdir(dir, 0o755)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, isNoFolder(dir)
	}
	o := &Out{created: err == nil, exchange: exchange}
	o.unlock, err = lock(dir)
	if err != nil {
		return nil, err
	}
	o.Folder = &Folder{dir: dir}
	if err := o.mend(); err != nil {
		return nil, errors.Join(fmt.Errorf("mend what an interrupted build left: %w", err), o.unlock())
	}
	return o, nil
}

// mend finishes what a killed build had begun to move into place file by file, and removes its stages.
func (o *Out) mend() error {
	clusters, err := o.stages()
	if err != nil {
		return err
	}
	for _, cluster := range clusters {
		s := &stage{dir: o.stageDir(cluster), out: o.dir, cluster: cluster}
		if err := s.replay(); err != nil {
			return err
		}
		if err := os.RemoveAll(s.dir); err != nil {
			return err
		}
	}
	return nil
}

// Discard removes what was staged and not committed. out/ is then as it was.
func (o *Out) Discard() error {
	var problems []error
	for _, s := range o.staged {
		problems = append(problems, os.RemoveAll(s.dir))
	}
	o.staged = nil
	return errors.Join(problems...)
}

// Close discards what was not committed and gives the lock back.
func (o *Out) Close() error {
	err := o.Discard()
	if o.created {
		os.Remove(o.dir) // fails where something was committed, as it should
	}
	return errors.Join(err, o.unlock())
}
