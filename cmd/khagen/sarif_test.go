package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/jsonschema"

	"github.com/khagen/khagen/internal/rules"
)

// TestSARIF holds the output to the schema of the standard, which a module of the linter's brings.
func TestSARIF(t *testing.T) {
	ctx := cuecontext.New()
	standard := sarifStandard(t, ctx)
	problems := []problem{
		{Severity: rules.Error, Problem: "no place at all"},
		{Severity: rules.Error, Cluster: "a", File: "overlays/a", Problem: "no line"},
		{ID: "KH010", Severity: rules.Error, Cluster: "a", File: "overlays/a b/ä#.cue", Line: 3, Column: 7, Path: "hosts", Problem: "x", Hint: "y"},
		{ID: "KH120", Severity: rules.Warning, Cluster: "a", File: "overlays/a.cue", Line: 3, Problem: "x", Accepted: "why not"},
	}
	for _, r := range rules.All {
		problems = append(problems, problem{ID: r.ID, Severity: r.Severity, Cluster: "a", File: "overlays/a.cue", Line: 1, Column: 1, Problem: r.Title})
	}
	for _, accepted := range []bool{true, false} {
		for _, some := range [][]problem{nil, problems} {
			var log bytes.Buffer
			if err := writeSARIF(&log, some, accepted); err != nil {
				t.Fatal(err)
			}
			if err := standard.Unify(ctx.CompileBytes(log.Bytes())).Validate(cue.Concrete(true)); err != nil {
				t.Errorf("%d problems: %v", len(some), err)
			}
			for _, part := range []string{`"runs"`, `"driver"`, `"name"`, `"text"`, `"level": "error"`, `"startLine": 3`, `"kind": "inSource"`} {
				bad := strings.Replace(log.String(), part, strings.NewReplacer("error", "errors", ": 3", ": 0", "inSource", "source").Replace(part), 1)
				if bad == log.String() {
					bad = strings.Replace(log.String(), part, `"x`+part[1:], 1)
				}
				if bad != log.String() && standard.Unify(ctx.CompileString(bad)).Validate(cue.Concrete(true)) == nil {
					t.Errorf("a misspelt %s is fine", part)
				}
			}
		}
	}
	var log bytes.Buffer
	if err := writeSARIF(&log, problems[2:3], false); err != nil || !strings.Contains(log.String(), `/overlays/a%20b/%C3%A4%23.cue"`) {
		t.Errorf("%v: %s", err, &log)
	}
}

// sarifStandard reads the schema from the module that has it.
func sarifStandard(t *testing.T, ctx *cue.Context) cue.Value {
	t.Helper()
	cmd := exec.Command("go", "list", "-modfile=../../tools/go.mod", "-m", "-f", "{{.Dir}}", "github.com/securego/gosec/v2")
	out, err := cmd.Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		if os.Getenv("CI") != "" {
			t.Fatalf("no module with the schema: %v", err)
		}
		t.Skip("the linter's modules aren't here: make lint fetches them")
	}
	data, err := os.ReadFile(filepath.Join(dir, "report/sarif/testdata/sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := jsonschema.Extract(ctx.CompileBytes(data), &jsonschema.Config{})
	if err != nil {
		t.Fatal(err)
	}
	standard := ctx.BuildFile(file)
	if err := standard.Err(); err != nil {
		t.Fatal(err)
	}
	return standard
}
