package main

import (
	"fmt"
	"maps"
	"net/netip"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// TestLeaves changes every leaf of the model, one at a time, in definitions that between them use all of it, and wants
// the tree or the findings of at least one to change: a field that does nothing is a lie.
func TestLeaves(t *testing.T) {
	alive := map[string]bool{}
	for _, dir := range leafBases(t) {
		spec, err := schema.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := schema.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		twin.Name, twin.Site = "twin", "elsewhere" // what clusters of one network must not share
		before := outcome(t, spec, twin)
		walk(reflect.ValueOf(spec).Elem(), "", func(path string, change func() (undo func())) {
			if alive[path] {
				return
			}
			undo := change()
			alive[path] = !maps.Equal(before, outcome(t, spec, twin))
			undo()
		})
		if !maps.Equal(before, outcome(t, spec, twin)) {
			t.Fatalf("%s: a change was not undone", dir)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(alive)) {
		if !alive[path] && path != judgedBefore && !hasLiving(alive, path) {
			t.Errorf("%s changes neither a file nor a finding", path)
		}
	}
	t.Logf("%d leaves", len(alive))
}

// judgedBefore is read before anything is derived from the definition; version_test.go shows that it is.
const judgedBefore = "khagenVersion"

// hasLiving says whether something below an absent block does something elsewhere.
func hasLiving(alive map[string]bool, path string) bool {
	for p, yes := range alive {
		if yes && strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}

func leafBases(t *testing.T) []string {
	t.Helper()
	dirs, err := schema.Find("../../overlays")
	if err != nil {
		t.Fatal(err)
	}
	own, err := schema.Find(filepath.Join("testdata", "leaves", "overlays"))
	if err != nil {
		t.Fatal(err)
	}
	return append(dirs, own...)
}

// outcome is all that a definition leads to: files by their place, findings by their text.
func outcome(t *testing.T, spec, twin *schema.Cluster) map[string]string {
	t.Helper()
	all := map[string]string{}
	c, err := topology.New(spec)
	if err != nil {
		return map[string]string{"topology": err.Error()}
	}
	other, err := topology.New(twin)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rules.Check([]*topology.Cluster{c, other}, rules.Repo{}) {
		all[fmt.Sprint("finding ", f.Cluster, f.ID, f.Path, f.Problem, f.Accepted)] = f.Hint
	}
	files, err := generators.Generate(c)
	if err == nil {
		files, err = delivery.Files(c, files)
	}
	if err != nil {
		all["generators"] = err.Error()
	}
	for _, f := range files {
		all[f.TreePath()] = fmt.Sprint(f.Mode, string(f.Content))
	}
	return all
}

// walk visits each leaf with a function that changes it and gives the way back.
func walk(v reflect.Value, path string, visit func(string, func() func())) {
	leaf := func(next func() reflect.Value) {
		visit(path, func() func() {
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			v.Set(next())
			return func() { v.Set(old) }
		})
	}
	switch {
	case isLeaf(v.Type()):
		leaf(func() reflect.Value { return other(v, path) })
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name := strings.Split(v.Type().Field(i).Tag.Get("json"), ",")[0]
			if name != "" && name != "-" {
				walk(v.Field(i), strings.TrimPrefix(path+"."+name, "."), visit)
			}
		}
	case v.Kind() == reflect.Pointer && v.IsNil():
		leaf(func() reflect.Value { return reflect.New(v.Type().Elem()) })
	case v.Kind() == reflect.Pointer:
		walk(v.Elem(), path, visit)
	case v.Kind() == reflect.Slice:
		leaf(func() reflect.Value {
			element := other(reflect.New(v.Type().Elem()).Elem(), path)
			return reflect.Append(v.Slice3(0, v.Len(), v.Len()), element)
		})
		if v.Len() > 0 && v.Index(0).Kind() == reflect.Struct && !isLeaf(v.Index(0).Type()) {
			walk(v.Index(0), path+"[]", visit)
		}
	case v.Kind() == reflect.Map:
		walkMap(v, path, leaf, visit)
	default:
		panic(fmt.Sprint("leaf of unknown kind: ", path, v.Type()))
	}
}

func walkMap(v reflect.Value, path string, leaf func(func() reflect.Value), visit func(string, func() func())) {
	leaf(func() reflect.Value {
		bigger := reflect.MakeMap(v.Type())
		for it := v.MapRange(); it.Next(); {
			bigger.SetMapIndex(it.Key(), it.Value())
		}
		element := reflect.New(v.Type().Elem()).Elem()
		if element.Kind() == reflect.Pointer {
			element.Set(reflect.New(element.Type().Elem()))
		} else {
			element.Set(other(element, path))
		}
		bigger.SetMapIndex(reflect.ValueOf("added"), element)
		return bigger
	})
	if v.Type().Elem().Kind() == reflect.Pointer {
		for it := v.MapRange(); it.Next(); {
			walk(it.Value().Elem(), path+".*", visit)
		}
	}
}

func isLeaf(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[schema.Duration](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[schema.Args]():
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Bool, reflect.Interface:
		return true
	}
	return false
}

// otherText has values for leaves where just any text says nothing.
var otherText = map[string]string{
	"site":          "elsewhere",
	"platform":      "cloud",
	"khagenVersion": "999.0.0",

	"kubernetes.version":               "1.35.4",
	"kubernetes.apiServer.bind":        "address",
	"kubernetes.install":               "binaries",
	"kubernetes.join.discovery":        "token",
	"vip.provider":                     "kube-vip",
	"vip.kubeVIP.mode":                 "bgp",
	"vip.keepalived.runtime":           "container",
	"loadBalancer.placement":           "external",
	"loadBalancer.runtime":             "container",
	"loadBalancer.bind":                "vip",
	"loadBalancer.version":             "1.9",
	"vip.keepalived.version":           "1.3",
	"hosts.*.state":                    "leaving",
	"hosts.*.zone":                     "b",
	"machine.containerRuntime.version": "2.1",
	"etcd.topology":                    "hosts",
	"files.*.mode":                     "0600",
	"files.*.phase":                    "worker",
}

// other gives a value of the same type that differs.
func other(v reflect.Value, path string) reflect.Value {
	switch old := v.Interface().(type) {
	case schema.Duration:
		return reflect.ValueOf(old*2 + schema.Duration(time.Hour))
	case netip.Addr:
		return reflect.ValueOf(netip.MustParseAddr("203.0.113.77"))
	case netip.Prefix:
		return reflect.ValueOf(netip.MustParsePrefix("203.0.113.0/24"))
	case schema.Args:
		return reflect.ValueOf(append(slices.Clone(old), "added"))
	}
	changed := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		text := v.String() + "x"
		if known, ok := otherText[path]; ok {
			text = known
		}
		changed.SetString(text)
	case reflect.Int:
		changed.SetInt(v.Int() + 1)
	case reflect.Bool:
		changed.SetBool(!v.Bool())
	case reflect.Interface:
		changed.Set(reflect.ValueOf("added"))
	case reflect.Slice:
		changed = reflect.Append(changed, other(reflect.New(v.Type().Elem()).Elem(), path))
	}
	return changed
}
