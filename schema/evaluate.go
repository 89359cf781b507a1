package schema

import (
	"context"
	"errors"
	"path/filepath"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modfile"
	"cuelang.org/go/mod/module"
)

// standIn is the name of a file that isn't there: the loader wants a CUE file in each folder.
const standIn = "khagen-cluster-yaml.cue"

// evaluated is the user's package, evaluated without the schema.
type evaluated struct {
	folder
	value    cue.Value // of the package
	cluster  cue.Value // its field of this name
	settings cue.Value // its field files
	context  *cue.Context
	files    []*ast.File
	patterns []span // where [=~"^cp"]: … stand
}

// evaluate reads and evaluates the user's package. Nothing outside the module's folder is read, least of all a registry.
func (f folder) evaluate() (*evaluated, Errors) {
	if problems := f.inspect(); len(problems) > 0 {
		return nil, append(problems, f.parseAll()...)
	}
	return f.evaluateInspected()
}

// evaluateInspected is evaluate for a package that has been inspected.
func (f folder) evaluateInspected() (*evaluated, Errors) {
	config := &load.Config{
		Dir:        f.abs,
		ModuleRoot: f.root,
		Package:    packageName,
		Registry:   noRegistry{},
		Env:        []string{"CUE_REGISTRY=none"},
		Overlay:    map[string]load.Source{},
	}
	nothing := load.FromString("package " + packageName + "\n")
	if f.yaml {
		// The content follows below, with the positions of the YAML.
		config.Overlay[filepath.Join(f.abs, standIn)] = nothing
	}
	for _, path := range f.forEditors() {
		config.Overlay[path] = nothing
	}
	inst := load.Instances([]string{"."}, config)[0]
	if inst.Err != nil {
		return nil, f.loading(inst.Err)
	}
	if problems := f.addYAML(inst); len(problems) > 0 {
		return nil, problems
	}
	e := &evaluated{folder: f, context: cuecontext.New(), files: inst.Files, patterns: patternSpans(inst.Files)}
	e.value = e.context.BuildInstance(inst)
	e.cluster = e.value.LookupPath(cue.ParsePath("cluster"))
	e.settings = e.value.LookupPath(cue.ParsePath("files"))
	return e, nil
}

// addYAML adds cluster.yaml to the package.
func (f folder) addYAML(inst *build.Instance) Errors {
	if !f.yaml {
		return nil
	}
	file, problems := f.parseYAML(filepath.Join(f.abs, yamlName))
	if len(problems) > 0 {
		return problems
	}
	if err := inst.AddSyntax(file); err != nil {
		return f.convert(err)
	}
	return nil
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
