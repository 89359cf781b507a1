package schema

import (
	"os"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/encoding/yaml"
)

// parseYAML reads a cluster.yaml as a CUE file of package fleet, with the positions of the YAML.
func (f folder) parseYAML(path string) (*ast.File, Errors) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{Pos: Position{File: f.show(path)}, Problem: "can't be read: " + reason(err)}}
	}
	file, err := yaml.Extract(path, src)
	if err != nil {
		return nil, f.convert(err)
	}
	file.Filename = path
	file.Decls = append([]ast.Decl{&ast.Package{Name: ast.NewIdent(packageName)}}, file.Decls...)
	return file, nil
}
