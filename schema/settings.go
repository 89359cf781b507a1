package schema

import (
	"path/filepath"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// FileSettings say how a file of the user's own comes to its hosts.
type FileSettings struct {
	Mode    string    `json:"mode"`   // four octal digits
	Owner   string    `json:"owner"`  // "user:group"
	Phase   string    `json:"phase"`  //
	Notify  *[]string `json:"notify"` // nil: derived
	Replace bool      `json:"replace"`
	Enable  bool      `json:"enable"`
}

// fileSettings reads the package's field files, for the files that there are.
func (e *evaluated) fileSettings(own []OwnFile, written map[string]bool) (map[string]FileSettings, Errors) {
	if !e.settings.Exists() {
		return nil, nil
	}
	s := theShape()
	c := &checker{evaluated: e, shape: s, written: written, path: []string{s.files.name}}
	c.value(s.files, e.settings)
	names, patterns := keysOf(e.settings)
	paths := pathsOf(own)
	about := Error{Path: s.files.name, Problem: "file of your own", Hint: nearPaths(paths)}
	problems := append(e.strangers(names, paths), e.idle(patterns, paths, about)...)
	settings := map[string]FileSettings{}
	if len(c.problems) > 0 {
		return nil, append(c.problems, problems...)
	}
	if err := decodeInto(&settings, c.out.Bytes()); err != nil {
		return nil, append(problems, Error{Pos: e.place(e.settings), Path: s.files.name, Problem: err.Error()})
	}
	for _, path := range paths {
		v := e.settingsOf(path)
		if _, done := settings[path]; done || !v.Exists() {
			continue
		}
		c.out.Reset()
		c.child(s.files.element, path, v)
		var one FileSettings
		if err := decodeInto(&one, c.out.Bytes()); err == nil {
			settings[path] = one
		}
	}
	return settings, append(problems, c.problems...)
}

// settingsOf is what is set for a path, by patterns alone where it has no entry.
func (e *evaluated) settingsOf(path string) cue.Value {
	if v := e.settings.LookupPath(cue.MakePath(cue.Str(path))); v.Exists() {
		return v
	}
	return e.settings.LookupPath(cue.MakePath(cue.Str(path).Optional()))
}

// strangers reports settings in the cluster's own folder for paths that no file brings.
func (e *evaluated) strangers(names, paths []string) Errors {
	var problems Errors
	for _, name := range names {
		v := e.settings.LookupPath(cue.MakePath(cue.Str(name)))
		own := func(p token.Pos) bool { return p.IsValid() && filepath.Dir(p.Filename()) == e.abs }
		noPath := !theShape().allows(theShape().keyOfFiles(), name, quote(name)) // which is reported by itself
		if noPath || slices.Contains(paths, name) || !slices.ContainsFunc(positions(v), own) {
			continue
		}
		problems = append(problems, Error{
			Pos: e.place(v), Path: joinPath([]string{theShape().files.name, name}), Problem: "no file of your own has this path",
			Hint: orNear(name, paths, "it would lie at "+filepath.Join(e.given, filesName, "all", rootfsName, filepath.FromSlash(name))+", or below files/roles/ROLE or files/hosts/HOST"),
		})
	}
	return problems
}

// nearPaths is a hint that shows a few paths.
func nearPaths(paths []string) string {
	if len(paths) == 0 {
		return "there is none yet: they lie in files/all/rootfs/, files/roles/ROLE/rootfs/ and files/hosts/HOST/rootfs/"
	}
	return "there are " + shorten(paths)
}
