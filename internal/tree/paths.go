package tree

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// manifestName is the name of every manifest, the cluster's and the hosts'.
const manifestName = "manifest.json"

// maxName is the longest name that common file systems take, in bytes.
const maxName = 255

// check refuses a file whose place would leave the cluster's folder, or could not be written or kept in Git.
func (f *File) check() error {
	p := f.Path
	if f.Host == "" {
		return checkPath(p)
	}
	if err := checkName(f.Host); err != nil {
		return fmt.Errorf("host %q: %w", f.Host, err)
	}
	if f.Kind != KindManifest && !strings.HasPrefix(p, "/") {
		return fmt.Errorf("host %s: %q: not an absolute path", f.Host, p)
	}
	if err := checkPath(strings.TrimPrefix(p, "/")); err != nil {
		return fmt.Errorf("host %s: %w", f.Host, err)
	}
	return nil
}

// checkPath refuses what is not a clean, relative, slash-separated path.
func checkPath(p string) error {
	if strings.HasPrefix(p, "/") {
		return fmt.Errorf("%q: not below the folder of the cluster", p)
	}
	for name := range strings.SplitSeq(p, "/") {
		if err := checkName(name); err != nil {
			return fmt.Errorf("%q: %w", p, err)
		}
	}
	if runtime.GOOS == "windows" && !filepath.IsLocal(filepath.FromSlash(p)) {
		return fmt.Errorf("%q: Windows cannot write this name", p)
	}
	return nil
}

// checkName refuses what cannot be one file's or folder's name.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("an empty name")
	case name == "." || name == "..":
		return fmt.Errorf("the name %q", name)
	case len(name) > maxName:
		return fmt.Errorf("a name of %d bytes; %d is the most", len(name), maxName)
	case strings.EqualFold(name, ".git"):
		return fmt.Errorf("the name %q, which Git keeps for itself", name)
	case !utf8.ValidString(name):
		return errors.New("a name that is not UTF-8")
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == '\\' || r == '/' {
			return fmt.Errorf("the character %q in a name", r)
		}
	}
	return nil
}

// checkCluster refuses names that cannot be a folder of out/ or that khagen uses for itself.
func checkCluster(name string) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("cluster %q: %w", name, err)
	}
	if strings.HasPrefix(name, ".") {
		return fmt.Errorf("cluster %q: a name that begins with a dot", name)
	}
	return nil
}

// hostOf gives the host to which a path of the tree belongs, "" for the cluster's own files.
func hostOf(treePath string) string {
	rest, ok := strings.CutPrefix(treePath, "hosts/")
	if !ok {
		return ""
	}
	host, _, ok := strings.Cut(rest, "/")
	if !ok {
		return ""
	}
	return host
}

// isManifest tells whether a path of the tree is the place of a manifest.
func isManifest(treePath string) bool {
	if treePath == manifestName {
		return true
	}
	host := hostOf(treePath)
	return host != "" && treePath == path.Join("hosts", host, manifestName)
}

// delivered tells whether a path of the tree reaches hosts: below rootfs/, blocks/ or secrets/ of a host.
func delivered(treePath string) bool {
	host := hostOf(treePath)
	if host == "" {
		return false
	}
	part, _, ok := strings.Cut(strings.TrimPrefix(treePath, "hosts/"+host+"/"), "/")
	return ok && (part == "rootfs" || part == "blocks" || part == "secrets")
}

// comparePaths orders paths so that what lies in one folder stands together, in the order of the names.
func comparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] == b[i] {
			continue
		}
		switch {
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		case a[i] < b[i]:
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}
