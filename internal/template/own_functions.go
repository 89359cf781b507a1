package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"go.yaml.in/yaml/v3"
)

// ownAllowed are sprig's functions that users' templates may call, beside those of ours. Each gives the same for the same
// arguments and changes none of them.
var ownAllowed = []string{
	"trimAll", "trimPrefix", "trimSuffix", "contains", "hasPrefix", "hasSuffix", "cat", "nospace", "trunc", "substr", "splitList",
	"regexMatch", "regexFind", "regexReplaceAll", "regexQuoteMeta", "b64enc", "b64dec", "sha256sum", "toString", "semverCompare",
	"list", "first", "last", "rest", "initial", "has", "without", "uniq", "sortAlpha", "append", "prepend", "concat", "compact", "reverse",
	"dict", "get", "hasKey", "pick", "omit", "dig",
	"empty", "coalesce", "kindIs", "fail",
	"add1", "sub", "mul", "div", "mod", "max", "min", "int", "int64", "atoi",
}

// takeAbsent are the functions for which a field without value is an argument like others.
var takeAbsent = []string{"default", "empty", "coalesce", "ternary", "kindIs", "list", "dict", "get", "hasKey", "pick", "omit", "dig"}

var errAbsent = errors.New("a field without value")

// ownFunctions are those of users' templates.
func ownFunctions() template.FuncMap {
	all := sprig.TxtFuncMap()
	funcs := functions()
	for _, name := range ownAllowed {
		funcs[name] = all[name]
	}
	funcs["print"], funcs["println"], funcs["printf"] = fmt.Sprint, fmt.Sprintln, printf
	funcs["repeat"], funcs["until"] = repeat, until
	funcs["index"] = index
	for name, f := range funcs {
		if !slices.Contains(takeAbsent, name) {
			funcs[name] = refusingAbsent(f)
		}
	}
	funcs["secret"] = newSecret
	funcs["keys"] = func(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
	funcs["toJson"] = toJSON
	funcs["toYaml"] = toYAML
	funcs["shellQuote"] = shellQuote
	return funcs
}

// refusingAbsent makes a function fail where an argument is Absent: it would print it in a form of Go's.
func refusingAbsent(f any) any {
	v := reflect.ValueOf(f)
	return reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
		for _, arg := range args {
			refuseAbsent(arg)
		}
		if !v.Type().IsVariadic() {
			return v.Call(args)
		}
		last := args[len(args)-1]
		for i := range last.Len() {
			refuseAbsent(last.Index(i))
		}
		return v.CallSlice(args)
	}).Interface()
}

// refuseAbsent panics, which text/template turns into an error of the call.
func refuseAbsent(arg reflect.Value) {
	if arg.Kind() == reflect.Interface {
		arg = arg.Elem()
	}
	if arg.IsValid() && arg.Type() == reflect.TypeFor[Absent]() {
		panic(errAbsent)
	}
}

// index is text/template's, which gives nothing for a key that isn't there; here that is an error, as with fields.
func index(item any, keys ...any) (any, error) {
	for _, key := range keys {
		v := reflect.ValueOf(item)
		switch k := reflect.ValueOf(key); {
		case v.Kind() == reflect.Map && k.Kind() == reflect.String:
			found := v.MapIndex(k.Convert(v.Type().Key()))
			if !found.IsValid() {
				return nil, fmt.Errorf("map has no entry for key %q", key)
			}
			item = found.Interface()
		case v.Kind() == reflect.Slice && k.CanInt():
			if i := k.Int(); i < 0 || i >= int64(v.Len()) {
				return nil, fmt.Errorf("the list has %d elements, none with the number %d (they count from 0)", v.Len(), i)
			}
			item = v.Index(int(k.Int())).Interface()
		default:
			return nil, fmt.Errorf("can't look up %v in this", key)
		}
	}
	return item, nil
}

// toJSON gives JSON on one line, without fields that have no value.
func toJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(present(v)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// toYAML gives YAML without a newline at its end, and without fields that have no value.
func toYAML(v any) (string, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(present(v)); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// present copies a value without the fields that have no value.
func present(v any) any {
	switch v := v.(type) {
	case Absent:
		return nil
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			if _, absent := value.(Absent); !absent {
				m[key] = present(value)
			}
		}
		return m
	case []any:
		all := make([]any, len(v))
		for i, value := range v {
			all[i] = present(value)
		}
		return all
	}
	return v
}

// shellQuote gives a word of a POSIX shell that stands for the text.
func shellQuote(v any) (string, error) {
	switch v.(type) {
	case Absent:
		return "", errAbsent
	case secret:
		return "", errors.New("wrong type template.secret") // its quotes wouldn't be escaped
	}
	return "'" + strings.ReplaceAll(fmt.Sprint(v), "'", `'\''`) + "'", nil
}
