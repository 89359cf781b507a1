package salt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shell wants every command of the states to be one that a shell reads.
func shell(t *testing.T, answers []answer) {
	t.Helper()
	seen := map[string]bool{}
	var script strings.Builder
	for _, a := range answers {
		for i := range a.States {
			s := &a.States[i]
			list := []any{s.Args["unless"], s.Args["onlyif"]}
			if s.Function == "cmd.run" {
				list = append(list, s.Args["name"])
			}
			for _, one := range list {
				many, _ := one.([]any)
				if text, ok := one.(string); ok {
					many = []any{text}
				}
				for _, text := range many {
					if command := fmt.Sprint(text); !seen[command] {
						seen[command] = true
						script.WriteString("{\n" + command + "\n}\n")
					}
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), "commands.sh")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-n", file).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := exec.LookPath("shellcheck"); err != nil {
		return
	}
	out, err := exec.CommandContext(t.Context(), "shellcheck", "--shell", "sh", "--format", "json", file).Output()
	var remarks []any
	if err != nil && json.Unmarshal(out, &remarks) == nil {
		t.Errorf("shellcheck: %s", out)
	}
}
