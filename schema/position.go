package schema

import (
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue"
)

// source finds positions when somebody asks. Few do, and values of CUE are large, so they are made again.
type source struct {
	folder  folder
	written map[string]bool // fields that the user wrote, by placeKey; those of hosts are too many to keep
	once    sync.Once
	places  map[string]Position
}

// Position is where the user wrote the field with this path, such as ("hosts", "cp1", "address"); where he didn't, where the
// nearest field around it stands.
func (c *Cluster) Position(path ...string) Position {
	s := c.source
	if s == nil {
		return Position{File: filepath.Join(c.Dir, cueName)}
	}
	s.once.Do(s.index)
	for n := len(path); n >= 0; n-- {
		if p, ok := s.places[placeKey(path[:n])]; ok {
			return p
		}
	}
	return Position{File: s.folder.show(filepath.Join(s.folder.abs, s.folder.fileName()))}
}

// Wrote says whether the user wrote the field with this path, such as ("etcd", "paths"); defaults don't count.
func (c *Cluster) Wrote(path ...string) bool {
	s := c.source
	if s == nil {
		return false
	}
	if len(path) == 0 || path[0] != "hosts" {
		return s.written[placeKey(path)]
	}
	s.once.Do(s.index)
	_, found := s.places[placeKey(path)]
	return found
}

func placeKey(path []string) string { return strings.Join(path, "\x00") }

func (s *source) index() {
	s.places = map[string]Position{}
	v, problems := s.folder.evaluate()
	if problems != nil {
		return // the files changed since Load
	}
	s.add(nil, v.LookupPath(cue.ParsePath("cluster")))
}

func (s *source) add(path []string, v cue.Value) {
	if v.Pos().IsValid() {
		s.places[placeKey(path)] = s.folder.position(v.Pos())
	}
	switch v.IncompleteKind() {
	case cue.StructKind:
		it, err := v.Fields()
		if err != nil {
			return
		}
		for it.Next() {
			s.add(append(path, it.Selector().Unquoted()), it.Value())
		}
	case cue.ListKind:
		it, err := v.List()
		if err != nil {
			return
		}
		for i := 0; it.Next(); i++ {
			s.add(append(path, strconv.Itoa(i)), it.Value())
		}
	}
}
