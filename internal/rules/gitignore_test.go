package rules

import "testing"

// Verdicts as git check-ignore --no-index gives them.
func TestIgnoredBy(t *testing.T) {
	for _, test := range []struct {
		ignore, file string
		want         int // line of the .gitignore; 0: not ignored
	}{
		{"secrets/\n", "out/one/hosts/cp1/secrets/a.j2", 1},
		{"/secrets/\n", "out/one/hosts/cp1/secrets/a.j2", 0},
		{"*.j2\n!*.j2\n", "out/a.j2", 0},
		{"!*.j2\n*.j2\n", "out/a.j2", 2},
		{"out\n!out/one\n", "out/one/README.md", 1}, // below an ignored folder nothing comes back
		{"out/*\n!out/one\n", "out/one/README.md", 0},
		{"# out\n\n\\#a\n", "#a", 3},
		{"**/rootfs/etc\n", "out/one/hosts/cp1/rootfs/etc/hosts", 1},
		{"out/**/etc\n", "out/one/hosts/cp1/rootfs/etc/hosts", 1},
		{"out/**\n", "out/one", 1},
		{"out/?ne\r\n", "out/one/README.md", 1},
		{"[!a]ne   \n", "out/one/README.md", 1},
		{"README.md/\n", "out/one/README.md", 0},
		{"etc/hosts\n", "out/one/etc/hosts", 0},
	} {
		lines := map[string][]ignoreLine{".": parseIgnore(".gitignore", []byte(test.ignore))}
		got := 0
		if line := ignoredBy(lines, test.file); line != nil {
			got = line.number
		}
		if got != test.want {
			t.Errorf("%q: %s is ignored by line %d, want %d", test.ignore, test.file, got, test.want)
		}
	}
}
