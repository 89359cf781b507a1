package registry

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxLinks is how many symbolic links a path may lead through, as in the kernel.
const maxLinks = 40

// system is a root file system that programs are taken from, with all that they need.
type system struct {
	root    string
	folders []string // where its loader looks for libraries when nothing tells it more
}

// newSystem learns where libraries lie from the system's shell. Images have no cache of the loader, so that its own folders
// are all that count.
func newSystem(root string) (*system, error) {
	s := &system{root: root}
	shell, err := s.walk("/bin/sh", nil)
	if err != nil {
		return nil, err
	}
	needs, err := readELF(s.source(shell))
	if err != nil {
		return nil, err
	}
	if needs.loader != "" {
		loader, err := s.walk(needs.loader, nil)
		if err != nil {
			return nil, err
		}
		s.folders = append(s.folders, path.Dir(loader))
	}
	s.folders = append(s.folders, "/lib", "/usr/lib")
	return s, nil
}

// source is where the machine has a path of the system that no link is in.
func (s *system) source(at string) string { return filepath.Join(s.root, at) }

// walk follows a path to where no link is in it any more, and tells of each link that it passes.
func (s *system) walk(wanted string, passed func(at, to string)) (string, error) {
	at, rest := "/", strings.Split(path.Clean(wanted), "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(s.source(next))
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		to, err := os.Readlink(s.source(next))
		if err != nil {
			return "", err
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s: too many symbolic links", s.source(wanted))
		}
		if passed != nil {
			passed(next, to)
		}
		if path.IsAbs(to) {
			at = "/"
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return at, nil
}

// take adds what is at a path of the system, whole where it is a folder, with the links that lead there and all that
// programs need to start.
func (s *system) take(t tree, paths ...string) error {
	for _, wanted := range paths {
		at, err := s.walk(wanted, t.link)
		if err != nil {
			return fmt.Errorf("take %s: %w", wanted, err)
		}
		if _, has := t[at]; has {
			continue
		}
		info, err := os.Lstat(s.source(at))
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			err = s.takeFolder(t, at)
		case info.Mode().IsRegular():
			t[at] = entry{Mode: info.Mode().Perm(), Source: s.source(at)}
			err = s.takeNeeds(t, at)
		default:
			err = errors.New("neither file nor folder")
		}
		if err != nil {
			return fmt.Errorf("take %s: %w", wanted, err)
		}
	}
	return nil
}

func (s *system) takeFolder(t tree, at string) error {
	t.folder(at, 0o755)
	inside, err := os.ReadDir(s.source(at))
	if err != nil {
		return err
	}
	for _, e := range inside {
		if err := s.take(t, path.Join(at, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// takeNeeds adds the interpreter of a script, or the loader and the libraries of a program.
func (s *system) takeNeeds(t tree, at string) error {
	interpreter, err := readInterpreter(s.source(at))
	if err != nil {
		return err
	}
	if interpreter != "" {
		return s.take(t, interpreter)
	}
	needs, err := readELF(s.source(at))
	if err != nil {
		return err
	}
	if needs.loader != "" {
		if err := s.take(t, needs.loader); err != nil {
			return err
		}
	}
	for _, name := range needs.libraries {
		library, err := s.library(name, path.Dir(at), needs.folders)
		if err != nil {
			return err
		}
		if err := s.take(t, library); err != nil {
			return err
		}
	}
	return nil
}

// library finds a library as the loader does: in the folders that the program names, then in the system's.
func (s *system) library(name, origin string, folders []string) (string, error) {
	if path.IsAbs(name) {
		return name, nil
	}
	for _, folder := range append(folders, s.folders...) {
		folder = strings.NewReplacer("${ORIGIN}", origin, "$ORIGIN", origin).Replace(folder)
		at := path.Join(folder, name)
		if _, err := s.walk(at, nil); err == nil {
			return at, nil
		}
	}
	return "", fmt.Errorf("no library %s in %v", name, append(folders, s.folders...))
}

// readInterpreter reads a script's first line.
func readInterpreter(source string) (string, error) {
	f, err := os.Open(source)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadSlice('\n') // programs may have no lines
	text, is := strings.CutPrefix(string(line), "#!")
	if fields := strings.Fields(text); is && len(fields) > 0 {
		return fields[0], nil
	}
	return "", nil
}
