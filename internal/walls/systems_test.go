package walls

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// systems are those of releases that no check runs on, with the architecture that most of their users have.
var systems = map[string]string{"darwin": "arm64", "windows": "amd64"}

// TestSystems holds khagen to the types of other systems: which function there is, and what it takes. Releases compile the same, and
// take minutes for it.
func TestSystems(t *testing.T) {
	for system, architecture := range systems {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			packages, err := list("../../cmd/khagen", "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=0")
			if err != nil {
				t.Fatal(err)
			}
			c := checker{sizes: types.SizesFor("gc", architecture), files: token.NewFileSet(), known: map[string]*types.Package{"unsafe": types.Unsafe}}
			ours := 0
			for _, p := range packages {
				if _, is := own(p.ImportPath); is {
					ours++
				}
				if err := c.check(p); err != nil {
					t.Error(err)
				}
			}
			if ours < 15 {
				t.Errorf("only %d packages of ours seen", ours)
			}
		})
	}
}

// listed is what go list says of a package.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	Module          struct{ GoVersion string }
}

// list gives the package of a folder and all that it is made of, each after those that it imports.
func list(folder string, environment ...string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Module", ".")
	cmd.Dir, cmd.Env, cmd.Stderr = folder, append(os.Environ(), environment...), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
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

// check looks at a package whose imports are known: at all of it if it is ours, and at what it offers if not.
func (c *checker) check(p listed) error {
	if p.ImportPath == "unsafe" {
		return nil
	}
	_, ours := own(p.ImportPath)
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
		GoVersion:        p.Module.GoVersion,
		IgnoreFuncBodies: !ours,
		Importer:         importer{c.known, p.ImportMap},
		Sizes:            c.sizes,
		Error:            func(err error) { problems = append(problems, err) },
	}
	if v := config.GoVersion; v != "" {
		config.GoVersion = "go" + v
	}
	c.known[p.ImportPath], _ = config.Check(p.ImportPath, c.files, files, nil) // it gives the first of the problems
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
