package native

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
)

// TestGoldenCases runs the checks on what the definitions of the generators' golden cases render: options that the
// reference clusters don't use.
func TestGoldenCases(t *testing.T) {
	if err := sandbox.Available(); err != nil {
		missing(t, err)
	}
	cases, err := filepath.Glob(filepath.Join(repository(t), "generators/testdata/*.txtar"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			hosts, err := rendered.Render(unpack(t, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hosts {
				t.Run(h.Name, func(t *testing.T) { checkDue(t, h) })
			}
		})
	}
}

// golden renders the definitions of some golden cases.
func golden(t *testing.T, names ...string) []*rendered.Host {
	t.Helper()
	var all []*rendered.Host
	for _, name := range names {
		hosts, err := rendered.Render(unpack(t, filepath.Join(repository(t), "generators/testdata", name+".txtar")))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hosts...)
	}
	return all
}

// unpack writes the definition of a golden case and gives its folder.
func unpack(t *testing.T, file string) string {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "test", archive.Files...)
}
