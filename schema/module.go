package schema

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/mod/modfile"
)

// inspectModule gives the module's path without its major version, or reports what is wrong with cue.mod/module.cue.
func (f folder) inspectModule() (name string, problems Errors) {
	file, err := f.readModule()
	if err == nil {
		name, _, _ = strings.Cut(file.Module, "@")
		return name, nil
	}
	problems = f.convert(err)
	for i := range problems {
		if problems[i].Pos.Line == 0 {
			problems[i].Pos = Position{File: f.show(f.modulePath())}
		}
		problems[i].Hint = moduleHint
	}
	return "", problems
}

func (f folder) modulePath() string { return filepath.Join(f.root, filepath.FromSlash(moduleFile)) }

func (f folder) readModule() (*modfile.File, error) {
	data, err := os.ReadFile(f.modulePath())
	if err != nil {
		return nil, errors.New(reason(err))
	}
	file, err := modfile.Parse(data, f.modulePath())
	if err != nil {
		return nil, err
	}
	if file.Module == "" {
		return nil, errors.New("no module: the file has to name one")
	}
	return file, nil
}
