package schema

import (
	"fmt"
	"os"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/yaml"
)

// parseYAML reads a cluster.yaml as a CUE file of package fleet, with the positions of the YAML.
func (f folder) parseYAML(path string) (*ast.File, Errors) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{Pos: Position{File: f.show(path)}, Problem: "can't be read: " + reason(err)}}
	}
	if problem, found := f.garbled(path, src); found {
		return nil, Errors{problem}
	}
	if saysNothing(src, "#") {
		return nil, Errors{f.empty(path)}
	}
	file, err := extractYAML(path, src)
	if err != nil {
		return nil, Errors{f.yamlError(path, src, err)}
	}
	for _, decl := range file.Decls {
		if _, ok := decl.(*ast.EmbedDecl); ok {
			return nil, Errors{{
				Pos: Position{File: f.show(path), Line: 1, Col: 1}, Problem: "want one document with the key cluster",
				Hint: "there is a list, a text, or a second document",
			}}
		}
	}
	if problems := f.inspectYAML(file); len(problems) > 0 {
		return nil, problems
	}
	file.Filename = path
	file.Decls = append([]ast.Decl{&ast.Package{Name: ast.NewIdent(packageName)}}, file.Decls...)
	return file, nil
}

// extractYAML turns a panic of CUE's decoder into an error: some texts that YAML allows, such as line separators of Unicode in
// odd places, are too much for it.
func extractYAML(path string, src []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("this YAML can't be read: %v", r)
		}
	}()
	return yaml.Extract(path, src)
}

// inspectYAML finds what YAML reads otherwise than people do: a key that stands twice, a pattern, and a number in octal.
func (f folder) inspectYAML(file *ast.File) Errors {
	var problems Errors
	ast.Walk(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.File:
			problems = append(problems, f.keysTwice(n.Decls)...)
			problems = append(problems, f.patterns(n.Decls)...)
		case *ast.StructLit:
			problems = append(problems, f.keysTwice(n.Elts)...)
			problems = append(problems, f.patterns(n.Elts)...)
		case *ast.BasicLit:
			if n.Kind == token.INT && strings.HasPrefix(n.Value, "0o") {
				problems = append(problems, Error{
					Pos: f.position(n.Pos()), Problem: "a number with a leading zero is octal in YAML",
					Hint: "leave the zero out, or put it in quotes where it is text",
				})
			}
		}
		return true
	}, nil)
	return problems
}

func (f folder) keysTwice(decls []ast.Decl) Errors {
	var problems Errors
	first := map[string]ast.Node{}
	for _, decl := range decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		name, _, err := ast.LabelName(field.Label)
		if err != nil {
			continue
		}
		if other, found := first[name]; found {
			problems = append(problems, Error{
				Pos: f.position(field.Pos()), Problem: "the key " + quote(name) + " stands here twice",
				Hint: "the other one: " + f.position(other.Pos()).String(), twice: name,
			})
			continue
		}
		first[name] = field
	}
	return problems
}

// patterns reports keys that are patterns in CUE.
func (f folder) patterns(decls []ast.Decl) Errors {
	var problems Errors
	for _, decl := range decls {
		field, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		if name, _, err := ast.LabelName(field.Label); err == nil && strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
			problems = append(problems, Error{
				Pos: f.position(field.Pos()), Problem: quote(name) + " is only text in YAML",
				Hint: "patterns need cluster.cue, or a CUE file above or beside this one",
			})
		}
	}
	return problems
}
