package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue"
)

// TestModelAgrees compares the Go model with the schema both ways: names, kinds, and whether absence can be told.
func TestModelAgrees(t *testing.T) {
	for _, difference := range compareModel(compile().root, reflect.TypeFor[Cluster](), "") {
		t.Error(difference)
	}
	for _, difference := range compareModel(compile().files, reflect.TypeFor[map[string]FileSettings](), "files") {
		t.Error(difference)
	}
}

// TestModelComparisonNotices breaks the model in each way that the comparison is there for.
func TestModelComparisonNotices(t *testing.T) {
	root := compile().root
	root.open()
	endpoint := root.byName["endpoint"]
	models := map[string]reflect.Type{
		"a field less": reflect.TypeFor[struct{ Host string }](),
		"a field more": reflect.TypeFor[struct {
			Host, More string
			Port       int
		}](),
		"another kind": reflect.TypeFor[struct{ Host, Port string }](),
		"a pointer": reflect.TypeFor[struct {
			Host *string
			Port int
		}](),
		"a misspelt field": reflect.TypeFor[struct {
			Host string
			Prt  int
		}](),
	}
	for name, model := range models {
		if len(compareModel(endpoint, model, "endpoint")) == 0 {
			t.Errorf("%s: nothing was noticed", name)
		}
	}
}

func compareModel(n *node, model reflect.Type, path string) []string {
	n.open()
	var differences []string
	differ := func(format string, args ...any) {
		differences = append(differences, path+": "+fmt.Sprintf(format, args...))
	}
	if model.Kind() == reflect.Pointer {
		if !n.optional && path != "hosts.NAME" {
			differ("the model has a pointer, but the field is always there")
		}
		model = model.Elem()
	}
	if _, ok := reflect.New(model).Interface().(interface{ UnmarshalText([]byte) error }); ok {
		if n.kind != cue.StringKind {
			differ("the model reads text, the schema has %v", n.kind)
		}
		return differences
	}
	want := map[reflect.Kind]cue.Kind{
		reflect.String: cue.StringKind, reflect.Int: cue.IntKind, reflect.Bool: cue.BoolKind, reflect.Slice: cue.ListKind,
		reflect.Map: cue.StructKind, reflect.Struct: cue.StructKind,
	}[model.Kind()]
	switch {
	case model == reflect.TypeFor[Args](), model == reflect.TypeFor[UnitSetting]():
		want = cue.StringKind | cue.ListKind
	case model.Kind() == reflect.String && n.kind == cue.StringKind|cue.IntKind:
		want = n.kind // sysctls: numbers become text
	}
	if n.kind != want {
		differ("the model has %v, the schema %v", model, n.kind)
		return differences
	}
	switch {
	case model == reflect.TypeFor[UnitSetting]():
	case model.Kind() == reflect.Struct:
		differences = append(differences, compareFields(n, model, path)...)
	case n.free:
		if model != reflect.TypeFor[map[string]any]() {
			differ("anything is possible, but the model has %v", model)
		}
	case n.element != nil && model != reflect.TypeFor[Args]():
		below := path + ".NAME"
		if !n.isMap() {
			below = path + "[]"
		}
		differences = append(differences, compareModel(n.element, model.Elem(), below)...)
	}
	return differences
}

func compareFields(n *node, model reflect.Type, path string) []string {
	var differences []string
	names := map[string]bool{}
	for i := range model.NumField() {
		f := model.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		names[name] = true
		below := strings.TrimPrefix(path+"."+name, ".")
		child := n.byName[name]
		if child == nil {
			differences = append(differences, below+": only in the model")
			continue
		}
		differences = append(differences, compareModel(child, f.Type, below)...)
	}
	for _, f := range n.fields {
		if !names[f.name] {
			differences = append(differences, path+"."+f.name+": only in the schema")
		}
	}
	return differences
}

// TestPositionJSON: the keys are for machines, and zero lines stay away.
func TestPositionJSON(t *testing.T) {
	data, err := json.Marshal([]Position{{File: "a.cue", Line: 3, Col: 7}, {File: "a.cue"}})
	if want := `[{"file":"a.cue","line":3,"col":7},{"file":"a.cue"}]`; err != nil || string(data) != want {
		t.Errorf("got %s, want %s: %v", data, want, err)
	}
}
