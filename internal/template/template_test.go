package template_test

import (
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/template"
)

func TestRender(t *testing.T) {
	parsed, err := template.Parse("test", `{{ range .Names }}{{ . | upper | quote }} {{ end }}{{ .Empty | default "none" }}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parsed.Render(map[string]any{"Names": []string{"a", "b"}, "Empty": ""})
	if want := `"A" "B" none`; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := parsed.Render(map[string]any{"Names": nil}); err == nil || !strings.Contains(err.Error(), `no entry for key "Empty"`) {
		t.Errorf("a key that isn't there gives %v", err)
	}
}

// TestForbidden holds the allow-list to what depends on its arguments alone.
func TestForbidden(t *testing.T) {
	for _, function := range []string{
		"now", "date", "ago", "unixEpoch", "env", "expandenv", "getHostByName", "randAlpha", "randInt", "uuidv4", "shuffle",
		"genPrivateKey", "genCA", "genSelfSignedCert", "derivePassword", "encryptAES", "bcrypt", "htpasswd", "osBase",
	} {
		if _, err := template.Parse("test", "{{ "+function+" }}"); err == nil || !strings.Contains(err.Error(), "not defined") {
			t.Errorf("%s gives %v", function, err)
		}
	}
}
