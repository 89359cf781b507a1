package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
)

const (
	packageName = "fleet"
	cueName     = "cluster.cue"
	yamlName    = "cluster.yaml"
	moduleFile  = "cue.mod/module.cue"
	moduleHint  = `create it with two lines: module: "fleet.example" and language: version: "v0.9.0"`
)

// folder is a cluster's folder and the CUE module around it.
type folder struct {
	given string // as the caller wrote it; what is printed starts with it
	abs   string
	root  string // absolute: the folder that holds cue.mod
	yaml  bool   // cluster.yaml instead of cluster.cue
}

// openFolder finds out what dir is, without reading the definition.
func openFolder(dir string) (folder, error) {
	f := folder{given: dir}
	var err error
	if f.abs, err = filepath.Abs(dir); err != nil {
		return f, Errors{{Pos: Position{File: dir}, Problem: err.Error()}}
	}
	if _, err := os.ReadDir(f.abs); err != nil {
		return f, Errors{{Pos: Position{File: dir}, Problem: "not a readable folder: " + reason(err)}}
	}
	names, err := definitions(f.abs)
	switch {
	case err != nil:
		return f, Errors{{Pos: Position{File: dir}, Problem: err.Error()}}
	case len(names) == 0:
		return f, Errors{{Pos: Position{File: dir}, Problem: "no cluster: neither cluster.cue nor cluster.yaml lies here"}}
	case len(names) > 1:
		return f, Errors{{Pos: Position{File: dir}, Problem: "both cluster.cue and cluster.yaml lie here", Hint: "delete one of them"}}
	}
	f.yaml = names[0] == yamlName
	f.root = f.abs
	for {
		if _, err := os.Stat(filepath.Join(f.root, filepath.FromSlash(moduleFile))); err == nil {
			return f, nil
		}
		parent := filepath.Dir(f.root)
		if parent == f.root {
			break
		}
		f.root = parent
	}
	return f, Errors{{
		Pos:     Position{File: dir},
		Problem: "no " + moduleFile + " in this folder or one above it, so CUE would ignore files of parent folders",
		Hint:    "overlays/ is one CUE module: in it, " + strings.Replace(moduleHint, "it", moduleFile, 1),
	}}
}

// definitions lists the files in dir that would make it a cluster.
func definitions(dir string) ([]string, error) {
	var names []string
	for _, name := range []string{cueName, yamlName} {
		info, err := os.Stat(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("%s: %s", name, reason(err))
		case info.IsDir():
			return nil, fmt.Errorf("%s is a folder, not a file", name)
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

// show turns an absolute path into one that a user can click: as the folder was given.
func (f folder) show(path string) string {
	rel, err := filepath.Rel(f.abs, path)
	if err != nil {
		return path
	}
	return filepath.Join(f.given, rel)
}

// chain lists the folders whose files make up the definition: the module's root first.
func (f folder) chain() []string {
	var dirs []string
	for dir := f.abs; ; dir = filepath.Dir(dir) {
		dirs = append([]string{dir}, dirs...)
		if dir == f.root {
			return dirs
		}
	}
}

// evaluate gives the value of the user's package, without the schema. Nothing outside the module's folder is read, least of
// all a registry.
func (f folder) evaluate() (cue.Value, Errors) {
	if problems := f.inspect(); problems != nil {
		return cue.Value{}, problems
	}
	config := &load.Config{
		Dir:        f.abs,
		ModuleRoot: f.root,
		Package:    packageName,
		Registry:   noRegistry{},
		Env:        []string{"CUE_REGISTRY=none"},
	}
	if f.yaml {
		// The loader wants a CUE file in the folder; the content follows below, with the positions of the YAML.
		config.Overlay = map[string]load.Source{
			filepath.Join(f.abs, "khagen-cluster-yaml.cue"): load.FromString("package " + packageName + "\n"),
		}
	}
	inst := load.Instances([]string{"."}, config)[0]
	if inst.Err != nil {
		return cue.Value{}, f.convert(inst.Err)
	}
	if problems := f.addYAML(inst); problems != nil {
		return cue.Value{}, problems
	}
	v := cuecontext.New().BuildInstance(inst)
	return v, nil
}

// addYAML adds cluster.yaml to the package.
func (f folder) addYAML(inst *build.Instance) Errors {
	if !f.yaml {
		return nil
	}
	file, problems := f.parseYAML(filepath.Join(f.abs, yamlName))
	if problems != nil {
		return problems
	}
	if err := inst.AddSyntax(file); err != nil {
		return f.convert(err)
	}
	return nil
}

// reason is what the system says about a path, without the path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// noRegistry refuses to fetch modules: khagen works offline.
type noRegistry struct{}

var errNoRegistry = errors.New("other modules can't be imported: khagen works offline")

func (noRegistry) ModFile(context.Context, module.Version) (*modfile.File, error) {
	return nil, errNoRegistry
}

func (noRegistry) Fetch(context.Context, module.Version) (module.SourceLoc, error) {
	return module.SourceLoc{}, errNoRegistry
}

func (noRegistry) ModuleVersions(context.Context, string) ([]string, error) {
	return nil, errNoRegistry
}
