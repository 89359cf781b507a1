package repository

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// debian is a package.
type debian struct {
	Name, Version string
	Relations     string            // further lines of its control file
	Files         map[string]file   // by absolute path
	Configuration []string          // of these, those that an administrator may have changed
	Scripts       map[string]string // of the maintainer, by name
}

// file is one with a content, or a symbolic link.
type file struct{ Content, Link string }

// Folders of the two repositories.
const (
	kubernetesFolder = "kubernetes"
	runtimeFolder    = "runtime"
)

// content is what both repositories have.
type content struct {
	codename            string
	kubernetes, runtime []debian
}

// written is the date of all that is written: the same packages are the same bytes.
const written, writtenSeconds = "Thu, 01 Jan 2026 00:00:00 UTC", "1767225600"

func (c content) write(ctx context.Context, folder string) error {
	flat := filepath.Join(folder, kubernetesFolder)
	if err := writeIndexed(ctx, layout{root: flat}, c.kubernetes); err != nil {
		return err
	}
	return writeIndexed(ctx, layout{
		root: filepath.Join(folder, runtimeFolder), pool: "pool",
		release: filepath.Join("dists", c.codename), index: filepath.Join("stable", "binary-"+runtime.GOARCH),
		fields: "Suite: " + c.codename + "\nComponents: stable\nArchitectures: " + runtime.GOARCH + "\n",
	}, c.runtime)
}

// layout says where parts of a repository are below its root. A flat one has all there.
type layout struct {
	root    string
	pool    string // of the packages
	release string // of the file Release
	index   string // of the file Packages, below release
	fields  string // further lines of Release
}

func writeIndexed(ctx context.Context, at layout, all []debian) error {
	for _, folder := range []string{at.pool, filepath.Join(at.release, at.index)} {
		if err := os.MkdirAll(filepath.Join(at.root, folder), 0o755); err != nil {
			return err
		}
	}
	var list strings.Builder
	for _, d := range all {
		name := filepath.Join(at.pool, fmt.Sprintf("%s_%s_%s.deb", d.Name, d.Version, runtime.GOARCH))
		if err := d.build(ctx, filepath.Join(at.root, name)); err != nil {
			return fmt.Errorf("package %s: %w", d.Name, err)
		}
		text, err := os.ReadFile(filepath.Join(at.root, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "%sFilename: %s\nSize: %d\nSHA256: %x\n\n", d.control(), name, len(text), sha256.Sum256(text))
	}
	index := filepath.Join(at.index, "Packages")
	if err := os.WriteFile(filepath.Join(at.root, at.release, index), []byte(list.String()), 0o644); err != nil {
		return err
	}
	release := fmt.Sprintf("%sDate: %s\nSHA256:\n %x %d %s\n", at.fields, written, sha256.Sum256([]byte(list.String())), list.Len(), index)
	return os.WriteFile(filepath.Join(at.root, at.release, "Release"), []byte(release), 0o644)
}

func (d debian) control() string {
	return fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: khagen's lab <lab@example.net>\n%s"+
		"Description: stands for the real package on hosts of a lab\n", d.Name, d.Version, runtime.GOARCH, d.Relations)
}

// build writes the package's archive. It is so small that it isn't worth packing.
func (d debian) build(ctx context.Context, target string) error {
	root, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil { // it is in the archive, as the host's /
		return err
	}
	if err := d.layOut(root); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--root-owner-group", "-Znone", "--build", root, target)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+writtenSeconds)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("dpkg-deb: %w: %s", err, output)
	}
	return nil
}

func (d debian) layOut(root string) error {
	meta := filepath.Join(root, "DEBIAN")
	if err := os.Mkdir(meta, 0o755); err != nil {
		return err
	}
	texts := map[string]string{"control": d.control()}
	if len(d.Configuration) > 0 {
		texts["conffiles"] = strings.Join(d.Configuration, "\n") + "\n"
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(meta, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for name, text := range d.Scripts {
		if err := os.WriteFile(filepath.Join(meta, name), []byte(text), 0o755); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.Files)) {
		target := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		f := d.Files[path]
		if f.Link != "" {
			if err := os.Symlink(f.Link, target); err != nil {
				return err
			}
		} else if err := os.WriteFile(target, []byte(f.Content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
