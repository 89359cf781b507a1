package ansible

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
)

//go:embed testdata/words.yml
var words []byte

// TestWords wants what plays ask about a host (khagen_changes, khagen_settled) to be true: certificates come with waves that bring
// them and with no other, and no host is passed by while something may be due there.
func TestWords(t *testing.T) {
	need(t, "ansible-playbook")
	t.Parallel()
	const playbooks = "../../internal/delivery/ansible"
	state, err := accepted.Folder(playbooks)
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, t.Name(), state) {
		return
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(playbooks)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "words.yml"), words)
	write(t, filepath.Join(dir, "inventory.yml"), []byte("khagen: {hosts: {one: {ansible_connection: local}}, children: {control_plane: {}}}\n"))
	cmd := exec.CommandContext(t.Context(), "ansible-playbook", "--inventory", "inventory.yml", "words.yml")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "ANSIBLE_NOCOLOR=1", "LANG=C.UTF-8")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
