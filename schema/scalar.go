package schema

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"
)

// scalar checks text, a number, true or false.
func (c *checker) scalar(n *node, v cue.Value) {
	value, literal, ok := scalarOf(v)
	if !ok {
		c.incomplete(n, v)
		return
	}
	if !c.shape.allows(n, value, literal) {
		c.refused(n, v, value, literal)
		return
	}
	if text, isText := value.(string); n.isFile && isText {
		c.files = append(c.files, fileUse{name: text, path: joinPath(c.path), pos: c.place(v)})
	} else if !isText && n.kind.IsAnyOf(cue.StringKind) {
		literal = quote(literal) // a number where text is allowed too is text in the model
	}
	c.out.WriteString(literal)
}

var controls = regexp.MustCompile(`[\p{Cc}\x{2028}\x{2029}]`)

// refused reports a value that the schema doesn't take.
func (c *checker) refused(n *node, v cue.Value, value any, literal string) {
	c.out.WriteString("null")
	if n.isSecret {
		c.report(v, "want "+c.wants(n), "the value isn't shown here, in case it is the secret")
		return
	}
	text, isText := value.(string)
	if isText && controls.MatchString(text) {
		c.report(v, "want "+c.wants(n)+", got "+literal, "newlines and other control characters are not possible here")
		return
	}
	if n.versions != nil {
		problem, hint := versionProblem(n.versions, text, isText)
		c.report(v, cmp.Or(problem, "want "+c.wants(n)+", got "+literal), hint)
		return
	}
	c.report(v, "want "+c.wants(n)+", got "+literal, c.mend(n, value))
}

// mend is a hint for a value that isn't allowed, where one is known.
func (c *checker) mend(n *node, value any) string {
	text, isText := value.(string)
	_, enum := c.shape.wants(n)
	switch {
	case isText && tooLong(c.wants(n), text) != "":
		return tooLong(c.wants(n), text)
	case value == nil && !n.required:
		return "leave it out for the default"
	case n.kind == cue.BoolKind && slices.Contains([]string{"yes", "on", "Yes", "On", "y"}, text):
		return "write true"
	case n.kind == cue.BoolKind && slices.Contains([]string{"no", "off", "No", "Off", "n"}, text):
		return "write false"
	case isText && Nearest(text, enum) != "":
		return "did you mean " + quote(Nearest(text, enum)) + "?"
	}
	return ""
}

// texts checks a list where text would do too.
func (c *checker) texts(n *node, v cue.Value) {
	var list []string
	if err := v.Decode(&list); err != nil {
		c.report(v, "want "+c.wants(n)+", got "+describe(v), "")
		return
	}
	data, err := json.Marshal(list)
	if err != nil || !c.shape.allows(n, list, string(data)) {
		c.report(v, "want "+c.wants(n)+", got "+string(data), "")
		return
	}
	c.out.Write(data)
}

// incomplete reports a value that the user left open, where the schema's default doesn't decide either.
func (c *checker) incomplete(n *node, v cue.Value) {
	if !v.IncompleteKind().IsAnyOf(n.kind) {
		c.wrongKind(n, v)
		return
	}
	if expr, isExpr := syntaxOf(v); isExpr {
		if data, ok := c.shape.resolve(n, expr); ok {
			c.out.Write(data)
			return
		}
	}
	c.ambiguous(n, v)
}

// ambiguous reports a value that isn't one.
func (c *checker) ambiguous(n *node, v cue.Value) {
	c.out.WriteString("null")
	hint := ""
	op, parts := v.Expr()
	if name, isReference := c.reference(v); isReference {
		problem := name + " has no value"
		if path := joinPath(c.path); name == "cluster."+path || strings.HasSuffix("."+path, "."+name) {
			problem = name + " refers to itself"
		}
		c.report(v, problem, "write the value out: want "+c.wants(n))
		return
	}
	if op == cue.AndOp && len(parts) > 1 {
		hint = "patterns or bases with different defaults meet here: write the value out"
	} else if all := literals(parts); op == cue.OrOp && len(all) > 1 {
		hint = "choose one of " + strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
	} else if !n.kind.IsAnyOf(cue.ListKind | cue.StructKind) {
		hint = "want " + c.wants(n)
	}
	text := written(v)
	if text == "" {
		text = describe(v)
	}
	c.report(v, "no single value, only "+text, hint)
}

// literals are the values where each is a single one; else there are none.
func literals(values []cue.Value) []string {
	var all []string
	for _, v := range values {
		_, literal, ok := scalarOf(v)
		if !ok {
			return nil
		}
		all = append(all, literal)
	}
	return all
}

// reference is the name that the user wrote for a value, where it leads back to itself.
func (c *checker) reference(v cue.Value) (name string, ok bool) {
	field, isField := v.Source().(*ast.Field)
	if !isField || v.IncompleteKind() != cue.TopKind {
		return "", false
	}
	switch field.Value.(type) {
	case *ast.Ident, *ast.SelectorExpr:
	default:
		return "", false
	}
	src, err := format.Node(field.Value)
	name = string(src)
	return name, err == nil && name != "_"
}

// wrongKind reports a value of a kind that is never possible here.
func (c *checker) wrongKind(n *node, v cue.Value) {
	c.out.WriteString("null")
	hint := ""
	if name, isName := nameOf(v); isName {
		hint = "text stands in quotes: " + quote(name)
	} else if n.isMap() && v.IncompleteKind() == cue.ListKind {
		hint = "no list: each one has its name as key"
	} else if v.Kind() == cue.NullKind && !n.required {
		hint = "nothing stands here: leave it out for the default"
	}
	c.report(v, "want "+c.wants(n)+", got "+describe(v), hint)
}

// nameOf is the bare word that the user wrote for a value.
func nameOf(v cue.Value) (string, bool) {
	field, ok := v.Source().(*ast.Field)
	if !ok {
		return "", false
	}
	ident, ok := field.Value.(*ast.Ident)
	if !ok || slices.Contains([]string{"string", "int", "bool", "number", "float", "bytes", "_"}, ident.Name) {
		return "", false
	}
	return ident.Name, true
}

// freeForm takes whatever the user wrote.
func (c *checker) freeForm(v cue.Value) {
	if v.IncompleteKind() != cue.StructKind {
		c.wrongKind(&node{kind: cue.StructKind}, v)
		return
	}
	data, err := v.MarshalJSON()
	if err == nil {
		c.out.Write(data)
		return
	}
	c.out.WriteString("{}")
	if err := v.Validate(cue.Concrete(true), cue.All()); err != nil {
		for _, one := range errors.Errors(err) {
			c.problems = append(c.problems, c.problem(one))
		}
		return
	}
	c.report(v, err.Error(), "")
}

// scalarOf gives a concrete scalar as a Go value and as a literal.
func scalarOf(v cue.Value) (value any, literal string, ok bool) {
	switch v.Kind() {
	case cue.StringKind:
		text, err := v.String()
		return text, quote(text), err == nil
	case cue.BoolKind:
		b, err := v.Bool()
		return b, strconv.FormatBool(b), err == nil
	case cue.IntKind:
		i, err := v.Int(nil)
		if err != nil {
			return nil, "", false
		}
		return i, i.String(), true
	case cue.FloatKind:
		f, err := v.Float64()
		if err != nil {
			return nil, "", false
		}
		data, err := v.MarshalJSON()
		return f, string(data), err == nil
	case cue.NullKind:
		return nil, "null", true
	}
	return nil, "", false
}
