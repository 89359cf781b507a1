package rules

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// changed says whether the definition has something else at a field than what the schema would have filled in. A block that
// is switched off in so many words has nothing: its settings wait there for the day it is switched on.
func changed(c *topology.Cluster, at field) bool {
	v, ok := valueAt(reflect.ValueOf(c.Spec), at)
	return ok && !hasDefault(v, at) && !switchedOff(c, at) && !switchedOff(c, at[:len(at)-1])
}

// switchedOff says whether "enabled: false" stands in a block.
func switchedOff(c *topology.Cluster, block field) bool {
	enabled := append(block[:len(block):len(block)], "enabled")
	v, ok := valueAt(reflect.ValueOf(c.Spec), enabled)
	return ok && v.Kind() == reflect.Bool && !v.Bool() && c.Spec.Wrote(enabled...)
}

// valueAt follows the names that fields have in a definition.
func valueAt(v reflect.Value, at field) (reflect.Value, bool) {
	for _, name := range at {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return v, false
		}
		next := reflect.Value{}
		for i := range v.NumField() {
			if jsonName(v.Type().Field(i)) == name {
				next = v.Field(i)
			}
		}
		if !next.IsValid() {
			return v, false
		}
		v = next
	}
	return v, true
}

// hasDefault compares a value, or everything in a block, with the schema's defaults. What has none is absent.
func hasDefault(v reflect.Value, at field) bool {
	if v.Kind() == reflect.Struct {
		if children := blockFields(v.Type()); len(children) > 0 {
			for i, name := range children {
				if !hasDefault(v.Field(i), append(at[:len(at):len(at)], name)) {
					return false
				}
			}
			return true
		}
	}
	fallback, err := schema.Default(at.String())
	if err != nil || fallback == "" {
		return err == nil && v.IsZero()
	}
	want := reflect.New(v.Type())
	return json.Unmarshal([]byte(fallback), want.Interface()) == nil && reflect.DeepEqual(want.Elem().Interface(), v.Interface())
}

// blockFields are the names of a block's fields, by index; empty for what only looks like one, such as an address.
func blockFields(t reflect.Type) map[int]string {
	names := map[int]string{}
	for i := range t.NumField() {
		if name := jsonName(t.Field(i)); name != "" {
			names[i] = name
		}
	}
	return names
}

// jsonName is a field's name in a definition; empty where it isn't one of the definition's.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return strings.TrimPrefix(name, "-")
}
