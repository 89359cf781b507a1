// Package template is the one door to text/template and sprig: in come embedded templates and data, out come bytes.
// Helpers are an allow-list: what they give depends on their arguments alone.
package template

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// allowed are sprig's functions that templates may call. None reads a clock, the environment, the network or random.
var allowed = []string{
	"add", "join", "replace", "trim", "lower", "upper", "quote", "squote", "ternary", "default", "repeat", "indent", "nindent",
}

// Template renders data as text.
type Template struct{ parsed *template.Template }

// Embedded gives a template of our own that is parsed when it is first asked for. One that doesn't parse is a bug of
// khagen's, hence the panic.
func Embedded(fsys fs.FS, file string) func() *Template {
	return sync.OnceValue(func() *Template {
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			panic(fmt.Sprintf("embedded template: %v", err))
		}
		t, err := Parse(path.Base(file), string(text))
		if err != nil {
			panic(fmt.Sprintf("embedded template: %v", err))
		}
		return t
	})
}

// Parse reads a template. A key that the data doesn't have is an error when it is rendered, never an empty string.
func Parse(name, text string) (*Template, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(functions()).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	return &Template{t}, nil
}

// Render fills the template in.
func (t *Template) Render(data any) ([]byte, error) {
	var out bytes.Buffer
	if err := t.parsed.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("render template: %w", err)
	}
	return out.Bytes(), nil
}

func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	funcs := make(template.FuncMap, len(allowed))
	for _, name := range allowed {
		funcs[name] = all[name]
	}
	return funcs
}
