package schema

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/mod/modfile"
)

// inspectModule gives the module's path without its major version, or reports what is wrong with cue.mod/module.cue.
func (f folder) inspectModule() (name string, problems Errors) {
	file, err := f.readModule()
	if err == nil {
		name, _, _ = strings.Cut(file.Module, "@")
		return name, nil
	}
	if problems = f.misspeltModule(); problems == nil {
		problems = f.convert(err)
	}
	for i := range problems {
		if problems[i].Pos.Line == 0 {
			problems[i].Pos = Position{File: f.show(f.modulePath())}
		}
		problems[i].Hint = moduleHint
	}
	return "", problems
}

// misspeltModule reports fields of the module file that are close to one of its own; CUE's words are about those that are missing.
func (f folder) misspeltModule() (problems Errors) {
	file, err := parser.ParseFile(f.modulePath(), nil)
	if err != nil {
		return nil
	}
	known := []string{"module", "language", "source", "deps", "custom"}
	for _, decl := range file.Decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		name, _, err := ast.LabelName(field.Label)
		if meant := Nearest(name, known); err == nil && meant != "" && meant != name {
			problems = append(problems, Error{Pos: f.position(field.Pos()), Path: name, Problem: "unknown field, did you mean " + meant + "?"})
		}
	}
	return problems
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
