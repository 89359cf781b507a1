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
	own     []string        // paths of the user's own files, for which patterns may set something
	once    sync.Once
	places  map[string]Position
}

// Position is where the user wrote the field with this path, such as ("hosts", "cp1", "address"); where he didn't, where the
// nearest field around it stands. Settings of files are at ("files", path).
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
	e, problems := s.folder.evaluateInspected()
	if problems != nil {
		return // the files changed since Load
	}
	s.add(e, nil, e.cluster)
	s.add(e, []string{"files"}, e.settings)
	for _, path := range s.own {
		if v := e.settingsOf(path); v.Exists() {
			s.add(e, []string{"files", path}, v)
		}
	}
}

func (s *source) add(e *evaluated, path []string, v cue.Value) {
	s.places[placeKey(path)] = e.place(v)
	switch v.IncompleteKind() {
	case cue.ListKind:
		for i, element := range elements(v) {
			s.add(e, append(path, strconv.Itoa(i)), element)
		}
	case cue.StructKind:
		it, err := v.Fields()
		for err == nil && it.Next() {
			s.add(e, append(path, it.Selector().Unquoted()), it.Value())
		}
	}
}
