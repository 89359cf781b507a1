package schema

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// inspect finds what CUE itself would pass over without a word, or would want a network for: files of another package, and
// imports of other modules.
func (f folder) inspect() Errors {
	own, problems := f.inspectModule()
	problems = append(problems, f.inspectForEditors()...)
	paths, unreadable := f.sources()
	problems = append(problems, unreadable...)
	for _, path := range paths {
		problems = append(problems, f.inspectFile(path, own)...)
	}
	return problems
}

// sources lists the CUE files of the definition, those of parents first, and reports folders that can't be read.
func (f folder) sources() (paths []string, problems Errors) {
	for _, dir := range f.chain() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			problems = append(problems, Error{Pos: Position{File: f.show(dir)}, Problem: "not a readable folder: " + reason(err)})
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if isSource(entry.Name()) && !entry.IsDir() && !isForEditors(path) {
				paths = append(paths, path)
			}
		}
	}
	return paths, problems
}

// isSource says whether CUE counts a file to its folder's package.
func isSource(name string) bool {
	return strings.HasSuffix(name, ".cue") && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") &&
		!strings.HasSuffix(name, "_tool.cue") && !strings.HasSuffix(name, "_test.cue")
}

func (f folder) inspectFile(path, own string) Errors {
	if problem := f.unfit(path); problem != "" {
		return Errors{{Pos: Position{File: f.show(path)}, Problem: problem}}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return Errors{{Pos: Position{File: f.show(path)}, Problem: "can't be read: " + reason(err)}}
	}
	if problem, found := f.garbled(path, src); found {
		return Errors{problem}
	}
	if path == filepath.Join(f.abs, cueName) && saysNothing(src, "//") {
		return Errors{f.empty(path)}
	}
	file, err := parser.ParseFile(path, src, parser.ImportsOnly)
	if err != nil {
		return f.syntax(err)
	}
	if name := file.PackageName(); name != packageName {
		return Errors{f.wrongPackage(file, path, name)}
	}
	problems := f.inspectAttributes(file)
	for imp := range file.ImportSpecs() {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil || !isOtherModule(name, own) {
			continue
		}
		problems = append(problems, Error{
			Pos:     f.position(imp.Path.Pos()),
			Problem: "import " + imp.Path.Value + ": other modules can't be imported, khagen works offline",
			Hint:    "CUE's own packages (such as \"strings\") and folders of this module (\"" + own + "/…\") can",
		})
	}
	return problems
}

func (f folder) wrongPackage(file *ast.File, path, name string) Error {
	e := Error{
		Pos:     Position{File: f.show(path), Line: 1, Col: 1},
		Problem: "package " + name + ": CUE would ignore this file",
		Hint:    "all definitions are in package " + packageName + ": write package " + packageName,
	}
	if name == "" {
		e.Problem = "no package: CUE would ignore this file"
		e.Hint = "start it with package " + packageName
	}
	for _, decl := range file.Decls {
		if p, ok := decl.(*ast.Package); ok {
			e.Pos = f.position(p.Name.Pos())
		}
	}
	return e
}

// inspectAttributes refuses what would let something else than the files decide.
func (f folder) inspectAttributes(file *ast.File) Errors {
	var problems Errors
	for _, decl := range file.Decls {
		attribute, ok := decl.(*ast.Attribute)
		if !ok {
			continue
		}
		switch name, _ := attribute.Split(); name {
		case "if", "ignore":
			problems = append(problems, Error{Pos: f.position(attribute.Pos()), Problem: attribute.Text + ": CUE would ignore this file, since khagen sets no tags"})
		case "extern":
			problems = append(problems, Error{Pos: f.position(attribute.Pos()), Problem: attribute.Text + ": other files can't be embedded"})
		}
	}
	return problems
}

// isOtherModule tells foreign modules, whose names start with a domain, from CUE's own packages and from this module's.
func isOtherModule(name, own string) bool {
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") {
		return false
	}
	return own == "" || (name != own && !strings.HasPrefix(name, own+"/") && !strings.HasPrefix(name, own+":"))
}

// unfit says why a file must not be read: it lies outside of the module, or reading it would never end.
func (f folder) unfit(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "can't be read: " + reason(err)
	}
	if !info.Mode().IsRegular() {
		return "no regular file"
	}
	root, err := filepath.EvalSymlinks(f.root)
	if err != nil {
		return "can't be read: " + reason(err)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "can't be read: " + reason(err)
	}
	if rel, err := filepath.Rel(root, target); err != nil || !filepath.IsLocal(rel) {
		return "a symbolic link that leads out of " + filepath.Base(f.root) + "/"
	}
	return ""
}

// position turns CUE's into ours.
func (f folder) position(pos token.Pos) Position {
	if !pos.IsValid() {
		return Position{File: f.show(filepath.Join(f.abs, f.fileName()))}
	}
	p := pos.Position()
	return Position{File: f.show(p.Filename), Line: p.Line, Col: p.Column}
}

func (f folder) fileName() string {
	if f.yaml {
		return yamlName
	}
	return cueName
}
