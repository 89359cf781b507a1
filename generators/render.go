package generators

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

//go:embed templates
var templates embed.FS

func embedded(file string) func() *template.Template {
	return template.Embedded(templates, "templates/"+file)
}

// document is a Kubernetes object as YAML below the header.
func document(c *topology.Cluster, object any) ([]byte, error) {
	content, err := marshal(object)
	return append([]byte(header(c)), content...), err
}

// marshal gives objects as one YAML stream.
func marshal(objects ...any) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	for _, o := range objects {
		if err := enc.Encode(o); err != nil {
			return nil, fmt.Errorf("marshal: %w", err)
		}
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	return out.Bytes(), nil
}

// secretText is the name of a secret whose value stands in a YAML file of tree.KindSecret, between double quotes: single
// ones would double those in the placeholder.
type secretText string

// MarshalYAML gives the placeholder.
func (s secretText) MarshalYAML() (any, error) {
	return templateText(tree.Secret(string(s))).MarshalYAML()
}

// templateText is a text in which placeholders of secrets may stand, between double quotes for the same reason.
type templateText string

// MarshalYAML gives the text as it is.
func (t templateText) MarshalYAML() (any, error) {
	return &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: string(t)}, nil
}

// joined separates values by commas, as programs take them.
func joined[T any](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

// object is a Kubernetes object of free-form fields, its type first.
type object struct {
	APIVersion string         `yaml:"apiVersion"`
	Kind       string         `yaml:"kind"`
	Fields     map[string]any `yaml:",inline"`
}

// seconds gives "3" or "0.5", as keepalived and curl take them.
func seconds(d schema.Duration) string { return fmt.Sprintf("%g", d.Std().Seconds()) }

// compact gives a duration in haproxy's form: the largest unit that divides it, "1h", "90s", "1500ms".
func compact(d schema.Duration) string {
	v := d.Std()
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if v != 0 && v%u.unit == 0 {
			return fmt.Sprintf("%d%s", v/u.unit, u.name)
		}
	}
	return fmt.Sprintf("%dms", v.Milliseconds())
}
