package schema

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
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
	file, err := extractYAML(path, src)
	if err != nil {
		return nil, Errors{f.yamlError(path, err)}
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

var yamlLine = regexp.MustCompile(`:(\d+): (.*)$`)

// yamlError takes the line out of the text of an error, since YAML's errors have no other position.
func (f folder) yamlError(path string, err error) Error {
	e := Error{Pos: Position{File: f.show(path)}, Problem: strings.TrimPrefix(err.Error(), path+": ")}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		e.Problem = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil {
			e.Pos.Line, e.Pos.Col = line, 1
		}
	}
	return e
}

// inspectYAML finds what YAML reads otherwise than people do: a key that stands twice, and a number in octal.
func (f folder) inspectYAML(file *ast.File) Errors {
	var problems Errors
	ast.Walk(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.File:
			problems = append(problems, f.keysTwice(n.Decls)...)
		case *ast.StructLit:
			problems = append(problems, f.keysTwice(n.Elts)...)
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
				Hint: "the other one: " + f.position(other.Pos()).String(),
			})
			continue
		}
		first[name] = field
	}
	return problems
}
