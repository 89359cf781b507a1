package adopt

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs wants every variable that is read to be in docs/adopt.md.
func TestDocs(t *testing.T) {
	docs, err := os.ReadFile("../../docs/adopt.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("kubespray*.go")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`(?:\.(?:text|number|truth|fields|texts|lines|get)\(|\{)"([a-z0-9]+(?:_[a-z0-9]+)+)"`)
	seen := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range variable.FindAllStringSubmatch(string(source), -1) {
			seen++
			if !strings.Contains(string(docs), "`"+m[1]+"`") && !strings.Contains(string(docs), "`"+m[1]+":") && !strings.HasPrefix(m[1], "ansible_ssh_") && m[1] != "inventory_hostname" {
				t.Errorf("%s: %s is not in docs/adopt.md", file, m[1])
			}
		}
	}
	if seen < 80 {
		t.Errorf("found only %d variables", seen)
	}
}
