package schema

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
)

//go:embed *.cue
var sources embed.FS

// shape is the compiled CUE of this folder. Its values belong to one CUE context, which is not safe for concurrent use:
// whoever evaluates something in it holds mu.
type shape struct {
	root    *node            // #Cluster
	top     []*node          // what stands in a definition beside each other: the cluster, and files
	files   *node            // of these, settings of files of one's own
	layers  []versionDefault // ascending
	mu      sync.Mutex
	context *cue.Context
	known   map[verdictKey]bool
}

// theShape compiles the schema on first use, once a process.
var theShape = sync.OnceValue(compile)

// compile panics on errors: they are ours, and the tests compile it too.
func compile() *shape {
	inst := build.NewContext().NewInstance("schema", nil)
	for _, file := range syntax() {
		if err := inst.AddSyntax(file); err != nil {
			panic(fmt.Sprintf("embedded schema: %v", err))
		}
	}
	ctx := cuecontext.New()
	v := ctx.BuildInstance(inst)
	root := v.LookupPath(cue.ParsePath("#Cluster"))
	if root.Err() != nil {
		panic(fmt.Sprintf("embedded schema: %v", root.Err()))
	}
	s := &shape{context: ctx, known: map[verdictKey]bool{}}
	s.root = newNode("", root)
	s.top = s.topLevel(v)
	s.files = s.top[slices.IndexFunc(s.top, func(n *node) bool { return n.name == "files" })]
	s.layers = versionDefaults(v)
	return s
}

// topLevel lists the fields of a definition as a whole.
func (s *shape) topLevel(schema cue.Value) []*node {
	it, err := schema.Fields(cue.Optional(true))
	if err != nil {
		panic(fmt.Sprintf("embedded schema: %v", err))
	}
	var top []*node
	for it.Next() {
		n := s.root
		if name := it.Selector().Unquoted(); name != "cluster" {
			n = newNode(name, it.Value())
		}
		top = append(top, n)
	}
	return top
}

// topName is the name of a field of a definition as a whole.
func (n *node) topName() string { return cmp.Or(n.name, "cluster") }

// topPath is its path, as fields below it have it: those of the cluster start without a name.
func (n *node) topPath() []string {
	if n.name == "" {
		return nil
	}
	return []string{n.name}
}

// syntax parses the embedded files, in the order of their names.
func syntax() []*ast.File {
	var files []*ast.File
	for _, name := range sourceNames() {
		src, err := sources.ReadFile(name)
		if err != nil {
			panic(err)
		}
		file, err := parser.ParseFile("schema/"+name, src, parser.ParseComments)
		if err != nil {
			panic(fmt.Sprintf("embedded schema: %v", err))
		}
		files = append(files, file)
	}
	return files
}

func sourceNames() []string {
	names, err := fs.Glob(sources, "*.cue")
	if err != nil {
		panic(err)
	}
	return names
}

// Definition is the schema as one CUE file.
func Definition() string {
	var imports, bodies strings.Builder
	seen := map[string]bool{}
	for i, file := range syntax() {
		name := sourceNames()[i]
		src, err := sources.ReadFile(name)
		if err != nil {
			panic(err)
		}
		start := 0
		for _, decl := range file.Decls {
			switch decl.(type) {
			case *ast.Package, *ast.ImportDecl:
				start = decl.End().Offset()
			}
		}
		for imp := range file.ImportSpecs() {
			if path := imp.Path.Value; !seen[path] {
				seen[path] = true
				fmt.Fprintf(&imports, "import %s\n", path)
			}
		}
		fmt.Fprintf(&bodies, "\n// %s\n\n%s", name, strings.TrimLeft(string(src[start:]), "\n"))
	}
	return "package schema\n\n" + imports.String() + bodies.String()
}
