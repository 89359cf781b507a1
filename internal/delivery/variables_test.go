package delivery

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestVariables: no variable of a task or an include has the name of a fact, which would stand in its place on hosts that have it.
func TestVariables(t *testing.T) {
	facts, variables := map[string]string{}, map[string]string{}
	for _, pattern := range []string{"ansible/*.yml", "ansible/tasks/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var tasks any
			if err := yaml.Unmarshal(text, &tasks); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			collect(tasks, file, facts, variables)
		}
	}
	if len(facts) < 10 || len(variables) < 10 {
		t.Fatalf("%d facts, %d variables: these aren't the playbooks", len(facts), len(variables))
	}
	for name, file := range variables {
		if facts[name] != "" {
			t.Errorf("%s is a variable in %s, and a fact in %s", name, file, facts[name])
		}
	}
}

// collect adds names with a file that has them: what set_fact and register set is a fact.
func collect(of any, file string, facts, variables map[string]string) {
	switch of := of.(type) {
	case []any:
		for _, one := range of {
			collect(one, file, facts, variables)
		}
	case map[string]any:
		for key, value := range of {
			names, _ := value.(map[string]any)
			switch key {
			case "ansible.builtin.set_fact":
				for name := range names {
					facts[name] = file
				}
			case "register":
				if name, is := value.(string); is {
					facts[name] = file
				}
			case "vars":
				for name := range names {
					variables[name] = file
				}
			}
			collect(value, file, facts, variables)
		}
	}
}
