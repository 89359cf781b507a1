package export

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// MaxSecrets is the size of the largest file of secrets, in bytes.
const MaxSecrets = 1 << 20

// Secrets reads a dictionary of secrets, in YAML or JSON: names and texts, alone or below khagen_secrets as in a file of
// variables of Ansible's. No error tells anything of the values.
func Secrets(content []byte) (map[string]string, error) {
	if bytes.HasPrefix(content, []byte("$ANSIBLE_VAULT;")) {
		return nil, errors.New("is encrypted: ansible-vault view FILE | khagen export … --secrets -")
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, errors.New("neither YAML nor JSON" + lineOf(err)) // the error's own words may quote a value
	}
	if document.Kind != yaml.DocumentNode {
		return map[string]string{}, nil // empty
	}
	top := document.Content[0]
	if inner(top, "sops") != nil {
		return nil, errors.New("is encrypted: sops --decrypt FILE | khagen export … --secrets -")
	}
	if variables := inner(top, "khagen_secrets"); variables != nil {
		return dictionary(variables)
	}
	return dictionary(top)
}

// inner gives a dictionary in a dictionary, nil where there is none.
func inner(node *yaml.Node, name string) *yaml.Node {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name && node.Content[i+1].Kind == yaml.MappingNode {
			return node.Content[i+1]
		}
	}
	return nil
}

func dictionary(node *yaml.Node) (map[string]string, error) {
	if node.Kind != yaml.MappingNode {
		return nil, errors.New("no dictionary of names and values")
	}
	secrets := map[string]string{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		if name.Kind != yaml.ScalarNode || !secretName.MatchString(name.Value) {
			return nil, fmt.Errorf("line %d: no name of a secret: lower-case letters, digits and underscores", name.Line)
		}
		if value.Kind != yaml.ScalarNode || value.Tag != "!!str" {
			return nil, fmt.Errorf("line %d: secret %s: no text: put its value between quotes", value.Line, name.Value)
		}
		if _, twice := secrets[name.Value]; twice {
			return nil, fmt.Errorf("line %d: secret %s: has a value already", name.Line, name.Value)
		}
		secrets[name.Value] = value.Value
	}
	return secrets, nil
}

var (
	secretName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	yamlLine   = regexp.MustCompile(`\bline (\d+)\b`)
)

// lineOf gives where an error of YAML's is.
func lineOf(err error) string {
	if at := yamlLine.FindString(err.Error()); at != "" {
		return ": " + at
	}
	return ""
}
