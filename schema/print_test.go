package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/jsonschema"
)

func TestDefinitionIsCUE(t *testing.T) {
	ctx := cuecontext.New()
	v := ctx.CompileString(Definition())
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	ok := v.LookupPath(cue.ParsePath("#Host")).Unify(ctx.CompileString(`{address: "10.0.0.1", roles: ["worker"]}`))
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	bad := v.LookupPath(cue.ParsePath("#Host")).Unify(ctx.CompileString(`{address: "10.0.0.1", roles: ["wroker"]}`))
	if bad.Validate() == nil {
		t.Error("a misspelt role is fine")
	}
}

func TestJSONSchema(t *testing.T) {
	data, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	again, err := JSONSchema()
	if err != nil || string(data) != string(again) {
		t.Error("a second call gives another schema", err)
	}
	ctx := cuecontext.New()
	schemaFile, err := jsonschema.Extract(ctx.CompileBytes(data), &jsonschema.Config{StrictFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	schema := ctx.BuildFile(schemaFile)
	if err := schema.Err(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range references(t) {
		e := evaluateFolder(t, dir)
		document, err := e.cluster.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		document = []byte(`{"cluster":` + string(document) + `}`)
		if err := schema.Unify(ctx.CompileBytes(document)).Validate(cue.Concrete(true)); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		for _, broken := range []string{"endpoint", "kubernetes", "machine"} {
			bad := strings.Replace(string(document), quote(broken)+":", quote(broken+"x")+":", 1)
			if schema.Unify(ctx.CompileString(bad)).Validate(cue.Concrete(true)) == nil {
				t.Errorf("%s: a misspelt %s is fine", dir, broken)
			}
		}
	}
	for _, bad := range []string{
		`{"cluster":{"endpoint":{"port":"8443"}}}`, `{"cluster":{"endpoint":{"port":99999}}}`, `{"cluster":{"platform":"moon"}}`,
		`{"cluster":{"hosts":{"A_B":{}}}}`, `{"cluster":{"hosts":{"a":{"roles":[]}}}}`, `{"cluster":{"hosts":{"a":{"taints":[{"key":"a"}]}}}}`,
	} {
		if !json.Valid([]byte(bad)) {
			t.Fatal(bad)
		}
		if schema.Unify(ctx.CompileString(bad)).Validate(cue.Concrete(true)) == nil {
			t.Errorf("%s is fine", bad)
		}
	}
}

func TestExplain(t *testing.T) {
	// Every field can be reached by the path that Explain itself gives.
	eachNode(compile().root, "", func(path string, n *node) {
		f, err := Explain(path)
		if err != nil {
			t.Error(err)
			return
		}
		if f.Type == "" || strings.Contains(f.Type, "_") {
			t.Errorf("%s: type %q", path, f.Type)
		}
		for _, child := range f.Children {
			if _, err := Explain(strings.TrimPrefix(f.Path+"."+child, ".")); err != nil {
				t.Error(err)
			}
		}
	})
	cases := []struct{ path, want string }{
		{"loadBalancer.healthChek", `loadBalancer has no field "healthChek": did you mean loadBalancer.healthCheck?`},
		{"podCIDRs", `a definition has no field "podCIDRs": did you mean kubernetes.networking.podCIDRs?`},
		{"hosts.cp1.adress", `hosts.NAME has no field "adress": did you mean hosts.NAME.address?`},
		{"kubernetes.kubelet.config.maxPods", `kubernetes.kubelet.config has no fields of the schema's below it, so no "maxPods"`},
		{"site.x", `site has no fields of the schema's below it, so no "x"`},
	}
	for _, c := range cases {
		if _, err := Explain(c.path); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
	}
	for path, want := range map[string]string{
		`hosts."node-1.example.net".vrrp`: "hosts.NAME.vrrp", "hosts.cp1.taints[0].key": "hosts.NAME.taints.key", "": "",
	} {
		if f, err := Explain(path); err != nil || f.Path != want {
			t.Errorf("%s: %s, %v", path, f.Path, err)
		}
	}
}
