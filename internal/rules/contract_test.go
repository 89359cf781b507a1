package rules

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestContract: the definition that shows every field, most of them with their defaults, can be built.
func TestContract(t *testing.T) {
	data, err := os.ReadFile("testdata/contract.cue")
	if err != nil {
		t.Fatal(err)
	}
	var errors []Finding
	for _, f := range run(t, nil, []txtar.File{{Name: "static-pods.cue", Data: data}}) {
		if f.Severity == Error {
			errors = append(errors, f)
		}
	}
	if len(errors) > 0 {
		t.Errorf("errors:\n%s", show(errors))
	}
}
