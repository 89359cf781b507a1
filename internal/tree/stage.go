package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stage is what will become one cluster's folder, or the one folder in it below which all its changes lie. It stands
// beside the cluster's, in a folder that Git ignores:
//
//	out/.stage-<cluster>/.gitignore
//	out/.stage-<cluster>/tree/       laid out as out/<cluster>/: all of the folder, or only its new files where
//	                                 folders can't be exchanged
//	out/.stage-<cluster>/gone/       the old folder where no new one takes its place
//	out/.stage-<cluster>/journal     the files that are being moved one by one (see journal.go)
type stage struct {
	out, cluster string
	dir          string // out/.stage-<cluster>
	base         string // the folder below out/<cluster> that is swapped; "" for the cluster's own
	exists       bool   // it is there already
	whole        bool   // tree/ holds all of it
	empty        bool   // it will hold no file, so it goes

	chmod   bool          // the umask takes away what files in out/ must have
	changes map[string]Op // what differs from the old folder
	swapped bool
}

// path gives the place of a file or folder of the cluster in the stage.
func (s *stage) path(rel string) string { return filepath.Join(s.dir, "tree", filepath.FromSlash(rel)) }

// place gives its place in out/.
func (s *stage) place(rel string) string {
	return filepath.Join(s.out, s.cluster, filepath.FromSlash(rel))
}

// Stage prepares what a plan says beside the cluster's folder and then lets go of the new contents (Change.New is nil
// afterwards). Nothing is written where nothing changes. After an error, Discard or Close removes what was prepared.
func (o *Out) Stage(p *Plan) error {
	if len(p.Changes) == 0 {
		return nil
	}
	s := &stage{out: o.dir, cluster: p.Cluster, dir: o.stageDir(p.Cluster)}
	o.mutex.Lock()
	o.staged = append(o.staged, s)
	o.mutex.Unlock()
	if err := o.fill(s, p); err != nil {
		return fmt.Errorf("stage cluster %s: %w", p.Cluster, err)
	}
	for i := range p.Changes {
		p.Changes[i].New = nil
	}
	return nil
}

// fill writes the stage of a plan.
func (o *Out) fill(s *stage, p *Plan) error {
	if err := s.prepare(); err != nil {
		return err
	}
	if p.exists {
		s.narrow(p.Changes)
	}
	o.probe.Do(func() { o.whole = o.canExchange(s.dir) })
	s.whole = o.whole || !s.exists
	if s.exists {
		if err := s.draftJournal(p.Changes); err != nil {
			return err
		}
	}
	if s.whole && s.exists {
		s.changes = make(map[string]Op, len(p.Changes))
		for _, c := range p.Changes {
			s.changes[c.Path] = c.Op
		}
		if err := s.linkOld(); err != nil {
			return err
		}
	}
	if err := s.writeNew(p.Changes); err != nil {
		return err
	}
	if s.whole && s.exists {
		return s.widen()
	}
	return nil
}

// prepare makes the folder of the stage.
func (s *stage) prepare() error {
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		return err
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	s.chmod = info.Mode().Perm()&0o755 != 0o755
	if err := s.write(filepath.Join(s.dir, ".gitignore"), 0o644, []byte("*\n")); err != nil {
		return err
	}
	return s.mkdirAll(s.path(""))
}

// canExchange tries whether two folders can be exchanged in this file system.
func (o *Out) canExchange(dir string) bool {
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	defer os.Remove(a)
	defer os.Remove(b)
	return os.Mkdir(a, 0o755) == nil && os.Mkdir(b, 0o755) == nil && o.exchange(a, b) == nil
}

// writeNew writes the files that come and change.
func (s *stage) writeNew(changes []Change) error {
	const chunk = 64
	n := (len(changes) + chunk - 1) / chunk
	errs := make([]error, n)
	parallel(workersFor(n), n, func(_, i int) {
		var made string
		for _, c := range changes[i*chunk : min((i+1)*chunk, len(changes))] {
			if c.Op == OpRemove {
				continue
			}
			to := s.path(c.Path)
			if folder := filepath.Dir(to); folder != made {
				if errs[i] = s.mkdirAll(folder); errs[i] != nil {
					return
				}
				made = folder
			}
			if errs[i] = s.write(to, c.Mode, c.New); errs[i] != nil {
				return
			}
		}
	})
	return errors.Join(errs...)
}

// write writes a new file with exactly this mode.
func (s *stage) write(path string, mode fs.FileMode, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && s.chmod {
		err = f.Chmod(mode)
	}
	return errors.Join(err, f.Close())
}

// mkdirAll makes a folder of the stage and those above it, with mode 0755.
func (s *stage) mkdirAll(path string) error {
	err := os.Mkdir(path, 0o755)
	if errors.Is(err, fs.ErrNotExist) && len(path) > len(s.dir) {
		if err := s.mkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o755)
	}
	if errors.Is(err, fs.ErrExist) { // another worker may have made it
		return nil
	}
	if err == nil && s.chmod {
		err = os.Chmod(path, 0o755)
	}
	return err
}
