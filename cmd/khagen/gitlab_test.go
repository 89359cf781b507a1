package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestGitLab runs the job of docs/examples/ci as GitLab's runner does, with a curl that notes what it was asked.
func TestGitLab(t *testing.T) {
	for _, program := range []string{"bash", "git", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no", program)
		}
	}
	content, err := os.ReadFile("../../docs/examples/ci/gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Khagen struct {
			Variables map[string]string
			Script    []string
		}
	}
	if err := yaml.Unmarshal(content, &file); err != nil || len(file.Khagen.Script) != 1 {
		t.Fatalf("%v: %+v", err, file)
	}
	dir, bin := newRepository(t), t.TempDir()
	const curl = `#!/bin/sh
cat >>"$ASKED"
for arg; do
	case $arg in
	*/user) echo '{"id": 4}' ;;
	*page=*) cat "$NOTES" ;;
	body@*) head -1 "${arg#body@}" >>"$ASKED" ;;
	esac
done
echo "$@" >>"$ASKED"
`
	if err := errors.Join(
		os.CopyFS(filepath.Join(dir, "ops/overlays"), os.DirFS("testdata/overlays")),
		os.WriteFile(filepath.Join(bin, "curl"), []byte(curl), 0o755),
		os.WriteFile(filepath.Join(bin, "none"), []byte("[]"), 0o644),
		os.WriteFile(filepath.Join(bin, "own"), []byte(`[
			{"id": 7, "author": {"id": 3}, "body": "<!-- khagen: ops -->"}, {"id": 8, "author": {"id": 4}, "body": "<!-- khagen: ops -->\n"}
		]`), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	setup := "git init --quiet; " +
		"khagen -C ops build; git add .; git commit --quiet -m first; " +
		"sed -i 's/10.2.0.11/10.2.0.12/' ops/overlays/shop-staging/cluster.cue; khagen -C ops build; git commit --quiet -am change"
	if output, _, err := shell(dir, setup); err != nil {
		t.Fatal(err, output)
	}
	run := func(env ...string) (output, asked string, err error) {
		t.Helper()
		log := filepath.Join(t.TempDir(), "asked")
		_ = os.Remove(filepath.Join(dir, "khagen-diff.md"))
		cmd := exec.Command("bash", "-c", "PATH="+bin+":$PATH CI_MERGE_REQUEST_DIFF_BASE_SHA=${BASE:-$(git rev-parse HEAD^1)}\n"+file.Khagen.Script[0])
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), "ASKED="+log, "HOME="+bin, "CI_PROJECT_DIR="+dir, "CI_API_V4_URL=https://gitlab.example.net/api/v4",
			"CI_PROJECT_ID=12", "CI_MERGE_REQUEST_IID=34", "NOTES="+filepath.Join(bin, "none"))
		for name, value := range file.Khagen.Variables {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		cmd.Env = append(cmd.Env, "KHAGEN_DIRECTORY=ops")
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		said, _ := os.ReadFile(log)
		return string(out), string(said), err
	}
	first, _, err := shell(dir, "git rev-parse HEAD^1")
	if err != nil {
		t.Fatal(err)
	}
	gone := "BASE=" + strings.Repeat("a", 40)
	const notes = "https://gitlab.example.net/api/v4/projects/12/merge_requests/34/notes"
	for name, test := range map[string]struct {
		env   []string
		want  string // in what it prints
		asks  string // of the server; empty: nothing
		fails bool
	}{
		"a note":           {env: []string{"KHAGEN_TOKEN=secret"}, asks: notes + "\n"},
		"a note anew":      {env: []string{"KHAGEN_TOKEN=secret", "NOTES=" + filepath.Join(bin, "own")}, asks: notes + "/8\n"},
		"no token":         {},
		"a policy":         {env: []string{"KHAGEN_MAX_RISK=critical", "KHAGEN_FORBID=etcd-quorum"}},
		"a broken policy":  {env: []string{"KHAGEN_MAX_RISK=none"}, want: "the change does more than the policy lets pass", fails: true},
		"a merged result":  {env: []string{gone, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA=" + strings.TrimSpace(first)}},
		"a forced push":    {env: []string{gone, "CI_MERGE_REQUEST_IID=", "KHAGEN_TOKEN=secret"}, want: "nothing to compare with"},
		"no base":          {env: []string{gone}, want: "khagen diff could not compare", fails: true},
		"no such revision": {env: []string{"KHAGEN_DIRECTORY=.."}, want: "no folder overlays/", fails: true},
	} {
		output, asked, err := run(test.env...)
		if (err != nil) != test.fails || !strings.Contains(output, test.want) {
			t.Errorf("%s: %v: %s", name, err, output)
		}
		if test.asks == "" && asked != "" || !strings.HasSuffix(asked, test.asks) || strings.Contains(asked, "--header PRIVATE") {
			t.Errorf("%s: asked %s", name, asked)
		}
		if report, err := os.ReadFile(filepath.Join(dir, "khagen-codequality.json")); err != nil || !json.Valid(report) {
			t.Errorf("%s: %v: code quality %q", name, err, report)
		}
		text, err := os.ReadFile(filepath.Join(dir, "khagen-diff.md"))
		compared := test.want == "" || strings.Contains(test.want, "policy")
		if (err == nil) != compared || compared && !strings.Contains(string(text), "10.2.0.12") {
			t.Errorf("%s: %v: %s", name, err, text)
		}
	}
}
