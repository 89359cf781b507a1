package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme follows the README: its example gives the files of the picture and, with the mistakes that it names, the
// errors that it shows.
func TestReadme(t *testing.T) {
	dir := newRepository(t)
	follow(t, "../../README.md", dir)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^    (etc/\S+)$`).FindAllStringSubmatch(string(readme), -1) {
		want = append(want, m[1])
	}
	rootfs := filepath.Join(dir, "out/shop/hosts/cp1/rootfs")
	err = filepath.WalkDir(rootfs, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(rootfs, path)
			got = append(got, filepath.ToSlash(name))
		}
		return err
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the README's picture of a control plane (-README +rendered): %v\n%s", err, diff)
	}
}
