// Package artifacts lays programs that e2e/tools built out as their projects would have published them: a folder for the playbooks'
// khagen_artifacts, with archives and files of sums, by what manifests say of where programs come from.
package artifacts

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// artifact is what is published at a URL.
type artifact struct {
	url      string
	checksum string            // URL of its sum, alone or among others
	members  map[string]string // path in the archive → program; "" where the program itself is published
}

// Lay puts what programs come from into a folder, each at the host and path of its URL. Programs are looked for below bin, where
// e2e/tools/build.sh leaves them: in the folder of a module whose name ends in the program's minor version, and CNI plugins in
// the one of the containerd that they are built with.
func Lay(folder, bin string, programs []tree.Program) error {
	all, err := gather(bin, programs)
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for _, a := range all {
		target := At(folder, a.url)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := a.publish(target); err != nil {
			return fmt.Errorf("lay %s out: %w", a.url, err)
		}
		sum, err := digest(target)
		if err != nil {
			return err
		}
		if a.members[""] != "" {
			sums[a.checksum] += sum + "\n"
		} else {
			sums[a.checksum] += fmt.Sprintf("%s  %s\n", sum, path.Base(target))
		}
	}
	for url, text := range sums {
		if err := os.WriteFile(At(folder, url), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// At is where a folder has what is published at a URL.
func At(folder, url string) string {
	_, rest, _ := strings.Cut(architecture(url), "://")
	return filepath.Join(folder, filepath.FromSlash(rest))
}

// gather finds the programs, and says of all that aren't there which to build.
func gather(bin string, programs []tree.Program) ([]artifact, error) {
	all, missing := map[string]artifact{}, map[string]bool{}
	for i := range programs {
		p := &programs[i]
		file, err := find(bin, p)
		if err != nil {
			return nil, err
		}
		if file == "" {
			missing[path.Base(p.Path)+" "+p.Version] = true
			continue
		}
		url := architecture(p.URL)
		if _, ok := all[url]; !ok {
			all[url] = artifact{url, architecture(p.Checksum), map[string]string{}}
		}
		all[url].members[architecture(p.Member)] = file
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("not built below %s: %s", bin, strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return slices.SortedFunc(maps.Values(all), func(a, b artifact) int { return cmp.Compare(a.url, b.url) }), nil
}

func architecture(text string) string { return strings.ReplaceAll(text, "{arch}", runtime.GOARCH) }

// find gives the file of a program, or "" where it wasn't built.
func find(bin string, p *tree.Program) (string, error) {
	module := "containerd-*"
	if !strings.Contains(p.URL, "/containernetworking/plugins/") {
		module = "*-" + strings.Join(strings.Split(p.Version, ".")[:2], ".")
	}
	found, err := filepath.Glob(filepath.Join(bin, module, path.Base(p.Path)))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return filepath.EvalSymlinks(found[0])
}

// publish makes a link to a program, since they are large, or an archive of several, which isn't compressed: it is read a
// moment later.
func (a *artifact) publish(target string) error {
	if program := a.members[""]; program != "" {
		return os.Symlink(program, target)
	}
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed, _ := gzip.NewWriterLevel(file, gzip.NoCompression)
	archive := tar.NewWriter(compressed)
	for _, member := range slices.Sorted(maps.Keys(a.members)) {
		if err := add(archive, member, a.members[member]); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close(), file.Close())
}

func add(archive *tar.Writer, member, program string) error {
	source, err := os.Open(program)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: member, Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, source)
	return err
}

func digest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
