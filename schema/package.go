package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	packageName = "fleet"
	cueName     = "cluster.cue"
	yamlName    = "cluster.yaml"
	moduleFile  = "cue.mod/module.cue"
	moduleName  = `module: "fleet.example"`
	moduleCUE   = `language: version: "v0.17.0"`
	moduleHint  = "its two lines: " + moduleName + " and " + moduleCUE
)

// ModuleFile is a cue.mod/module.cue, of which a folder of definitions needs one.
const ModuleFile = moduleName + "\n" + moduleCUE + "\n"

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
		Hint:    "overlays/ is one CUE module: create " + moduleFile + " in it, " + moduleHint,
	}}
}

// definitions lists the files in dir that would make it a cluster.
func definitions(dir string) ([]string, error) {
	var names []string
	for _, name := range []string{cueName, yamlName} {
		info, err := os.Stat(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return nil, fmt.Errorf("%s: a symbolic link to nothing", name)
			}
		case err != nil:
			return nil, fmt.Errorf("%s: %s", name, reason(err))
		case !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s is no regular file", name)
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

// reason is what the system says about a path, without the path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
