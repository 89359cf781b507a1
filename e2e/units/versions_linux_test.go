package units

import (
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
)

// TestVersions holds the programs that are started to what hosts get: another minor version takes other flags and files.
func TestVersions(t *testing.T) {
	need(t, programs()...)
	t.Parallel()
	for _, cluster := range binaryClusters(t) {
		hosts, err := rendered.Render(overlay(t, cluster))
		if err != nil {
			t.Fatal(err)
		}
		compared := map[string]bool{}
		for _, h := range hosts {
			for _, p := range h.Programs {
				name := path.Base(p.Path)
				if !compared[name] && isComponent(name) {
					compared[name] = true
					compareVersion(t, cluster, name, p.Version)
				}
			}
		}
		if len(compared) != len(components) {
			t.Errorf("%s has %d of %d components", cluster, len(compared), len(components))
		}
	}
}

func isComponent(name string) bool {
	for _, c := range components {
		if c.program == name {
			return true
		}
	}
	return false
}

// compareVersion asks the program of the version's module for its own.
func compareVersion(t *testing.T, cluster, name, want string) {
	t.Helper()
	program, err := built(name, want)
	if err != nil {
		t.Errorf("%s has %s %s, and the tests have none of its minor version: %v", cluster, name, want, err)
		return
	}
	output, err := exec.Command(program, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, output)
	}
	minor := want[:strings.LastIndex(want, ".")]
	if is := regexp.MustCompile(`\bv?` + regexp.QuoteMeta(minor) + `\.\d+`); !is.Match(output) {
		t.Errorf("%s has %s %s, and %s is %q", cluster, name, want, program, strings.TrimSpace(string(output)))
	}
}
