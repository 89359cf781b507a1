package template

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"unicode/utf8"
)

// Own is a template of the user's. Unlike ours it can have mistakes, which are of type *Error.
type Own struct {
	parsed *template.Template
	text   string
}

// Part is a piece of a rendered template: text, or the name of a secret that stands in its place.
type Part struct{ Text, Secret string }

// Absent is the value of a field that is known, but has none: it is false to if and with, and printing it is an error, since
// text/template prints channels of no kind. A nil would be printed as "<no value>".
type Absent chan struct{}

// noValue is what text/template prints for nil.
const noValue = "<no value>"

// maxOwn is how long the result may be, in bytes.
const maxOwn = 1 << 20

// ParseOwn reads a template of the user's.
func ParseOwn(text string) (*Own, error) {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, &Error{Problem: "a template is text in UTF-8, this isn't"}
	}
	t, err := template.New("own").Option("missingkey=error").Funcs(ownFunctions()).Parse(text)
	if err != nil {
		return nil, ownError(err, text)
	}
	return &Own{t, text}, nil
}

// Render fills the template in.
func (o *Own) Render(data any) ([]Part, error) {
	var out limited
	if err := o.parsed.Execute(&out, data); err != nil {
		return nil, ownError(err, o.text)
	}
	if bytes.Contains(out.Bytes(), []byte(noValue)) && !strings.Contains(o.text, noValue) {
		return nil, &Error{Problem: "something without a value is printed, as " + noValue, Hint: "ask for it first, with if or with, or give it another with default"}
	}
	return parts(out.String()), nil
}

// limited is a buffer that doesn't grow beyond maxOwn.
type limited struct{ bytes.Buffer }

// Write adds to the buffer.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOwn {
		return 0, errTooLarge
	}
	return l.Buffer.Write(p)
}

// secret stands for a value that nobody here knows. It is no string, so that functions that would change one refuse it.
type secret struct{ name string }

var (
	secretName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	secretMarker = regexp.MustCompile(`@@khagen-secret-([a-z][a-z0-9_]*)@@`)
)

func newSecret(name string) (secret, error) {
	if !secretName.MatchString(name) {
		return secret{}, fmt.Errorf("want the name of a secret, which has lower-case letters, digits and underscores and begins with a letter, got %q", name)
	}
	return secret{name}, nil
}

// String is what stands in the result until it is cut into parts.
func (s secret) String() string { return "@@khagen-secret-" + s.name + "@@" }

// MarshalText gives the same to encoders.
func (s secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// parts cuts a result at its secrets.
func parts(text string) []Part {
	var all []Part
	for {
		at := secretMarker.FindStringSubmatchIndex(text)
		if at == nil {
			return append(all, Part{Text: text})
		}
		all = append(all, Part{Text: text[:at[0]]}, Part{Secret: text[at[2]:at[3]]})
		text = text[at[1]:]
	}
}
