package delivery_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlaybooksGiveData: from ansible-core 2.19 on, a template of more than one output is text, even where all but the last are
// empty. Lists that are built in loops come from {%- set -%}, then.
func TestPlaybooksGiveData(t *testing.T) {
	files, err := filepath.Glob("ansible/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := filepath.Glob("ansible/tasks/*.yml")
	if err != nil || len(files) == 0 || len(tasks) == 0 {
		t.Fatal("no playbooks", err)
	}
	for _, file := range append(files, tasks...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "{{- ''") {
			t.Errorf("%s has an output that is there for its effect: write {%%- set _ = … -%%}", file)
		}
	}
}
