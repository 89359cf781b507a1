package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/template"
)

func TestOwn(t *testing.T) {
	data := map[string]any{
		"m": map[string]any{"b": 1, "a": "x&y", "none": template.Absent(nil)}, "none": template.Absent(nil), "l": []any{"p", "q"},
	}
	cases := []struct{ text, want string }{
		{"{{ keys .m }}", "[a b none]"},
		{"{{ toJson .m }}", `{"a":"x&y","b":1}`},
		{"{{ toYaml .m }}", "a: x&y\nb: 1"},
		{"{{ toYaml .l }}", "- p\n- q"},
		{"{{ with .none }}a{{ else }}b{{ end }}{{ if .m.none }}a{{ else }}b{{ end }}{{ range .none }}a{{ else }}b{{ end }}", "bbb"},
		{`{{ .none | default "d" }}{{ empty .none }}{{ coalesce .none "c" }}`, "dtruec"},
		{`{{ index .m "a" }}{{ index .l 1 }}{{ printf "%03d" .m.b }}`, "x&yq001"},
		{`{{ shellQuote "a'b" }}`, `'a'\''b'`},
		{`a {{ secret "one" }}{{ secret "two" | quote }} b`, `a <one>"<two>" b`},
		{`{{ dict "p" (secret "one") | toYaml }}`, `p: '<one>'`},
		{"{{ list 3 1 | join \"-\" }} {{ add 1 2 }} {{ list \"b\" \"a\" | sortAlpha | first }} {{ hasKey .m \"a\" }}", "3-1 3 a true"},
		{"{{ printf \"%%p %s\" (secret \"s\") }}{{ repeat 2 \"ab\" }}{{ until 2 }}{{ until -1 }}", "%p <s>abab[0 1][]"},
		{"<no value>", "<no value>"},
	}
	for _, c := range cases {
		got, err := rendered(c.text, data)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}

func rendered(text string, data any) (string, error) {
	o, err := template.ParseOwn(text)
	if err != nil {
		return "", err
	}
	parts, err := o.Render(data)
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
		if p.Secret != "" {
			b.WriteString("<" + p.Secret + ">")
		}
	}
	return b.String(), err
}

func TestOwnMistakes(t *testing.T) {
	data := map[string]any{"m": map[string]any{}, "none": template.Absent(nil), "n": 1}
	cases := []struct {
		text      string
		line, col int
		want      string
	}{
		{"a\n{{ .m.x }}", 2, 7, "unknown field x"},
		{"{{ .none }}", 1, 4, ".none has no value here"},
		{"{{ .none.x }}", 1, 4, ".none.x: what stands before x has no value, or no fields"},
		{"{{ .n.x }}", 1, 4, ".n.x: what stands before x has no value, or no fields"},
		{"{{ quote .none }}", 1, 4, "a field without value for quote"},
		{"{{ printf \"%v\" .none }}", 1, 4, "a field without value for printf"},
		{"{{ printf \"%% %[1]p\" .m }}", 1, 4, "printf: %p is another in each run: the same definition gives the same files"},
		{"{{ printf \"%.3s\" (secret \"s\") }}", 1, 4, "nothing can be made of a secret: its value isn't known here"},
		{"{{ repeat 1000000000 \"aa\" }}", 1, 4, "repeat: the result is larger than 1 MiB"},
		{"{{ range until 1000000000 }}{{ end }}", 1, 10, "until: the result is larger than 1 MiB"},
		{"{{ trim .none }}", 1, 9, ".none has no value here"},
		{"{{ shellQuote .none }}", 1, 4, "a field without value for shellQuote"},
		{"{{ eq .n \"1\" }}", 1, 4, "values of different types can't be compared, nor a field without value"},
		{"{{ secret \"s\" | upper }}", 1, 17, "nothing can be made of a secret: its value isn't known here"},
		{"{{ secret \"s\" | shellQuote }}", 1, 17, "nothing can be made of a secret: its value isn't known here"},
		{"{{ index .m \"x\" }}", 1, 4, "unknown field x"},
		{"{{ index .n 1 }}", 1, 4, "index: can't look up 1 in this"},
		{"{{ get .m \"x\" | first }}", 1, 17, "first: Cannot find first on type string"},
		{"{{ dict | first }}", 1, 11, "first: Cannot find first on type map"},
		{"\n{{ end }}", 2, 1, "unexpected {{end}}"},
		{"a\x00", 0, 0, "a template is text in UTF-8, this isn't"},
		{"a\xff", 0, 0, "a template is text in UTF-8, this isn't"},
	}
	for _, c := range cases {
		_, err := rendered(c.text, data)
		var e *template.Error
		if !errors.As(err, &e) || e.Line != c.line || e.Col != c.col || e.Problem != c.want {
			t.Errorf("%s: got %+v, want %d:%d %s", c.text, err, c.line, c.col, c.want)
			if e != nil {
				t.Logf("%d:%d", e.Line, e.Col)
			}
		}
	}
}

// TestOwnForbidden holds users' templates to functions that give the same everywhere and change nothing.
func TestOwnForbidden(t *testing.T) {
	for _, function := range []string{
		"now", "date", "ago", "unixEpoch", "env", "expandenv", "getHostByName", "randAlpha", "randInt", "uuidv4", "shuffle",
		"genPrivateKey", "genCA", "genSelfSignedCert", "derivePassword", "encryptAES", "bcrypt", "htpasswd", "osBase",
		"set", "unset", "merge", "mergeOverwrite", "values", "fromJson",
	} {
		_, err := template.ParseOwn("{{ " + function + " }}")
		if err == nil || err.Error() != "unknown function "+function {
			t.Errorf("%s gives %v", function, err)
		}
	}
}
