package adopt

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/schema"
)

// settings are the variables that hold for one host, or for a cluster. It notes which of them were asked for.
type settings struct {
	vars     variables
	asked    map[string]bool
	draft    *Draft
	problems *schema.Errors
	fills    int // templates that may still be filled in: variables that name each other would never end
}

const mostFills = 1000

// ofHost are the variables of a host: Ansible lays what stands closer to it over what stands further away.
func (inv *inventory) ofHost(host string) variables {
	vars := variables{}
	in := map[string]bool{}
	names := inv.ordered()
	for _, name := range names {
		in[name] = name == "all" || slices.Contains(inv.members(name), host)
		if in[name] {
			maps.Copy(vars, inv.groups[name].vars)
		}
	}
	for _, name := range names {
		if in[name] {
			maps.Copy(vars, inv.groups[name].files)
		}
	}
	maps.Copy(vars, inv.of[host])
	vars["inventory_hostname"] = variable{value: host}
	return vars
}

// get gives a variable that is said, and says something: neither null nor a template that only Ansible could fill in.
func (s *settings) get(name string) (value any, found bool) {
	s.asked[name] = true
	v, there := s.vars[name]
	if !there {
		return nil, false
	}
	s.fills = mostFills
	value = s.filled(v.value)
	switch text := value.(type) {
	case nil:
		return nil, false
	case sealed:
		s.draft.Remark(fmt.Sprintf("%s is encrypted by Ansible's vault.", name))
		return nil, false
	case string:
		if text == "" {
			return nil, false
		}
	}
	if fields, ok := value.(map[string]any); ok {
		return s.withoutTemplates(name, fields), true
	}
	if isTemplate(value) {
		s.unfilled(name, value)
		return nil, false
	}
	return value, true
}

// withoutTemplates leaves out the fields that have one.
func (s *settings) withoutTemplates(name string, fields map[string]any) map[string]any {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if isTemplate(fields[key]) {
			s.unfilled(name+"."+key, fields[key])
			delete(fields, key)
		}
	}
	return fields
}

func (s *settings) unfilled(name string, value any) {
	s.draft.Remark(fmt.Sprintf("%s is a template, which only Ansible fills in: %s", name, shown(value)))
}

// plainTemplate names another variable, maybe with what holds where it isn't said.
var plainTemplate = regexp.MustCompile(`\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*(?:\|\s*default\(([^(){}|]*)\)\s*)?-?\}\}`)

// filled fills in templates that only name another variable. It makes new mappings and lists.
func (s *settings) filled(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = s.filled(element)
		}
		return list
	case map[string]any:
		fields := map[string]any{}
		for key, element := range v {
			fields[key] = s.filled(element)
		}
		return fields
	}
	text, ok := value.(string)
	if !ok || !strings.Contains(text, "{{") || s.fills <= 0 {
		return value
	}
	s.fills--
	if m := plainTemplate.FindStringSubmatch(text); m != nil && m[0] == text {
		if named, found := s.named(m[1], m[2]); found {
			return s.filled(named)
		}
		return value
	}
	return plainTemplate.ReplaceAllStringFunc(text, func(match string) string {
		m := plainTemplate.FindStringSubmatch(match)
		if named, found := s.named(m[1], m[2]); found {
			if filled, ok := textOf(s.filled(named)); ok && len(filled) < 1000 {
				return filled
			}
		}
		return match
	})
}

// named gives a variable, or a field of one (loadbalancer_apiserver.address), or else what holds instead.
func (s *settings) named(path, instead string) (any, bool) {
	if value, found := s.lookUp(path); found || instead == "" {
		return value, found
	}
	if value, found := s.lookUp(instead); found {
		return value, true
	}
	value := literal(instead)
	_, isText := value.(string)
	quoted := strings.HasPrefix(instead, "'") || strings.HasPrefix(instead, `"`)
	return value, quoted || !isText
}

func (s *settings) lookUp(path string) (any, bool) {
	parts := strings.Split(path, ".")
	v, found := s.vars[parts[0]]
	value := v.value
	for _, part := range parts[1:] {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		value, found = fields[part]
	}
	return value, found && value != nil
}

// isTemplate says whether a value has a template left in it.
func isTemplate(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, "{{") || strings.Contains(v, "{%")
	case []any:
		return slices.ContainsFunc(v, isTemplate)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), isTemplate)
	}
	return false
}

func (s *settings) text(name string) string {
	value, found := s.get(name)
	if !found {
		return ""
	}
	text, ok := textOf(value)
	if !ok {
		s.refuse(name, "want text", value)
	}
	return text
}

func (s *settings) number(name string) (int, bool) {
	value, found := s.get(name)
	if !found {
		return 0, false
	}
	if n, ok := numberOf(value); ok {
		return n, true
	}
	s.refuse(name, "want a whole number", value)
	return 0, false
}

func numberOf(value any) (int, bool) {
	switch v := value.(type) {
	case int:
		return v, true
	case string:
		n, err := strconv.Atoi(strings.TrimSpace(v))
		return n, err == nil
	}
	return 0, false
}

// truth is a variable that is true or false; unset counts as absent.
func (s *settings) truth(name string, absent bool) bool {
	value, found := s.get(name)
	if !found {
		return absent
	}
	if b, ok := value.(bool); ok {
		return b
	}
	text, _ := textOf(value)
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1", "y":
		return true
	case "false", "no", "off", "0", "n":
		return false
	}
	s.refuse(name, "want true or false", value)
	return absent
}

func (s *settings) fields(name string) map[string]any {
	value, found := s.get(name)
	if !found {
		return nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		s.refuse(name, "want a mapping", value)
	}
	return fields
}

// texts is a list of texts; a text is one with commas or blanks.
func (s *settings) texts(name string) []string {
	return strings.FieldsFunc(strings.Join(s.lines(name), ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// lines is a list of texts with blanks in them, or one such text.
func (s *settings) lines(name string) (all []string) {
	value, found := s.get(name)
	if !found {
		return nil
	}
	if text, ok := value.(string); ok {
		return []string{text}
	}
	list, ok := value.([]any)
	if !ok {
		s.refuse(name, "want a list", value)
	}
	for _, element := range list {
		text, ok := textOf(element)
		if !ok {
			s.refuse(name, "want a list of texts", value)
			return nil
		}
		all = append(all, text)
	}
	return all
}

func (s *settings) refuse(name, want string, got any) {
	*s.problems = append(*s.problems, schema.Error{Pos: s.vars[name].pos, Path: name, Problem: want + ", got " + shown(got)})
}

// shown is a value as a comment shows it.
func shown(value any) string {
	return quote(displayed(value))
}
