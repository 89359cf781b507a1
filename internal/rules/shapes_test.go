package rules

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestShapes: nothing is found in clusters that are unlike the cases of the rules, and fine.
func TestShapes(t *testing.T) {
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(filepath.Join(testdata, "shapes.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	base := split(t, testdata, archive).base
	for _, file := range archive.Files {
		t.Run(file.Name, func(t *testing.T) {
			if found := run(t, base, []txtar.File{file}); len(found) > 0 {
				t.Errorf("findings:\n%s", show(found))
			}
		})
	}
}
