package walls

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// systems are those that releases are made for and no check runs on. Between them they have both architectures.
var systems = []struct{ system, architecture string }{{"darwin", "arm64"}, {"linux", "arm64"}, {"windows", "amd64"}}

// TestSystems type-checks khagen for other systems, so that a function that only Linux has fails here. A release also compiles and
// links, which takes minutes.
func TestSystems(t *testing.T) {
	for _, s := range systems {
		t.Run(s.system, func(t *testing.T) {
			t.Parallel()
			seen, err := typecheck("../..", "./cmd/khagen", s.system, s.architecture)
			if err != nil {
				t.Fatal(err)
			}
			if seen < 15 {
				t.Errorf("only %d packages of ours seen", seen)
			}
		})
	}
}

// typecheck looks at a package and all that it is made of, and counts those that are ours.
func typecheck(dir, name, system, architecture string) (ours int, err error) {
	packages, err := list(dir, name, "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=0")
	if err != nil {
		return 0, err
	}
	c := checker{types.SizesFor("gc", architecture), token.NewFileSet(), map[string]*types.Package{"unsafe": types.Unsafe}}
	var problems []error
	for _, p := range packages {
		if _, is := own(p.ImportPath); is {
			ours++
		}
		problems = append(problems, c.check(p))
	}
	return ours, errors.Join(problems...)
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir string
	Standard        bool
	GoFiles         []string
	EmbedFiles      []string // asked for so that go list looks for them
	ImportMap       map[string]string
	Module          struct{ GoVersion string }
}

// list gives a package and all that it is made of, each after those that it imports. TestImports, which walks through the
// repository, has go test notice files that come or go.
func list(dir, name string, environment ...string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,EmbedFiles,ImportMap,Module", name)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off"), environment...)
	var said bytes.Buffer
	cmd.Stderr = &said
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, said.Bytes())
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// checker knows the types of the packages that it was given.
type checker struct {
	sizes types.Sizes
	files *token.FileSet
	known map[string]*types.Package
}

// check looks at a package whose imports are known. Go's own compile for every system: what they offer is enough.
func (c *checker) check(p listed) error {
	if p.ImportPath == "unsafe" {
		return nil
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(c.files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	var problems []error
	config := types.Config{
		IgnoreFuncBodies: p.Standard,
		Importer:         importer{c.known, p.ImportMap},
		Sizes:            c.sizes,
		Error:            func(err error) { problems = append(problems, err) },
	}
	if v := p.Module.GoVersion; v != "" {
		config.GoVersion = "go" + v
	}
	c.known[p.ImportPath], _ = config.Check(p.ImportPath, c.files, files, nil) // its error is the first of the problems
	return errors.Join(problems...)
}

// importer finds what a package imports, whose path may be another than in its source.
type importer struct {
	known map[string]*types.Package
	paths map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if actual, is := i.paths[path]; is {
		path = actual
	}
	if p, is := i.known[path]; is {
		return p, nil
	}
	return nil, errors.New(path + " isn't among what go list says")
}

// TestSystemsCaught shows that the check can fail.
func TestSystemsCaught(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module " + module + "\n\ngo 1.26\n",
		"main.go": "package main\n\nimport \"syscall\"\n\nfunc main() { syscall.Unshare(0) }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range systems {
		ours, err := typecheck(dir, ".", s.system, s.architecture)
		if ours != 1 || (err == nil) != (s.system == "linux") {
			t.Errorf("%s: %d packages of ours: %v", s.system, ours, err)
		}
	}
}
