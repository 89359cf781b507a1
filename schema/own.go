package schema

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// OwnFile is a file of the user's own: what lies below rootfs/ in files/all/, files/roles/<role>/ or files/hosts/<host>/, of the
// cluster's folder or one above it.
type OwnFile struct {
	Path     string // on the host, absolute, without the ending of a template
	Role     string // the hosts of this role get it,
	Host     string // or this host; every host where both are empty
	Distance int    // of the folder with files/: 0 is the cluster's own, 1 the one above it
	Template bool
	File     string // as users open it from where khagen runs
	Source   string // from the repository's root, slash-separated: "overlays/shop/files/…"

	files string // the folder files/
	name  string // below it
}

// templateEnding is that of a file which is rendered.
const templateEnding = ".tmpl"

// maxOwnFile is how large a file of the user's own may be, in bytes: out/ is in Git, once for each host.
const maxOwnFile = 1 << 20

// Read gives the content. An error is of type Errors where the file changed since Load.
func (o *OwnFile) Read() ([]byte, error) {
	root, err := os.OpenRoot(o.files)
	if err != nil {
		return nil, Errors{{Pos: Position{File: o.File}, Problem: "can't be read: " + reason(err)}}
	}
	defer root.Close()
	if problem, hint := unfitFile(root, o.name); problem != "" {
		return nil, Errors{{Pos: Position{File: o.File}, Problem: problem, Hint: hint}}
	}
	content, err := root.ReadFile(o.name)
	if err != nil {
		return nil, Errors{{Pos: Position{File: o.File}, Problem: "can't be read: " + reason(err)}}
	}
	return content, nil
}

// ownFiles lists the files of the user's own in the folders of the definition, the cluster's own folder first.
func (f folder) ownFiles() ([]OwnFile, Errors) {
	var all []OwnFile
	var problems Errors
	dirs := f.chain()
	slices.Reverse(dirs)
	for distance, dir := range dirs {
		s := ownSearch{folder: f, dir: filepath.Join(dir, filesName), distance: distance}
		s.levels()
		all, problems = append(all, s.found...), append(problems, s.problems...)
	}
	return all, problems
}

// ownSearch walks through one folder files/.
type ownSearch struct {
	folder
	dir      string // absolute
	distance int
	root     *os.Root
	found    []OwnFile
	problems Errors
}

func (s *ownSearch) report(name, problem, hint string) {
	s.problems = append(s.problems, Error{Pos: Position{File: s.show(filepath.Join(s.dir, filepath.FromSlash(name)))}, Problem: problem, Hint: hint})
}

// levels visits all, then roles, then hosts.
func (s *ownSearch) levels() {
	info, err := os.Lstat(s.dir)
	if err != nil || !info.IsDir() {
		return // Find refuses links
	}
	if s.root, err = os.OpenRoot(s.dir); err != nil {
		s.report("", "not a readable folder: "+reason(err), "")
		return
	}
	defer s.root.Close()
	s.walk("all", OwnFile{})
	for _, role := range s.folders("roles") {
		s.walk(path.Join("roles", role), OwnFile{Role: role})
	}
	for _, host := range s.folders("hosts") {
		s.walk(path.Join("hosts", host), OwnFile{Host: host})
	}
}

// folders lists those in a folder; Find reports what else lies there.
func (s *ownSearch) folders(name string) []string {
	entries, err := fs.ReadDir(s.root.FS(), name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.report(name, "not a readable folder: "+reason(err), "")
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// walk collects the files of one level; like says whose they are.
func (s *ownSearch) walk(level string, like OwnFile) {
	base := path.Join(level, rootfsName)
	first := len(s.found)
	err := fs.WalkDir(s.root.FS(), base, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case name == base && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			s.report(name, "can't be read: "+reason(err), "")
		case strings.EqualFold(entry.Name(), ".git"):
			s.report(name, "the name .git, which Git keeps for itself", "take it away: no repository can have such a file")
			return skipIn(entry)
		case leftover(entry.Name()) && entry.IsDir():
			return fs.SkipDir
		case !leftover(entry.Name()) && !entry.IsDir():
			s.add(name, strings.TrimPrefix(name, base), like)
		}
		return nil
	})
	if err != nil {
		s.report(base, "can't be read: "+reason(err), "")
	}
	s.twice(s.found[first:])
}

// skipIn passes over what lies in a folder.
func skipIn(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// add takes a file, or says why it can't be one.
func (s *ownSearch) add(name, hostPath string, like OwnFile) {
	if problem, hint := unfitFile(s.root, filepath.FromSlash(name)); problem != "" {
		s.report(name, problem, hint)
		return
	}
	o := like
	o.Path, o.Template = strings.CutSuffix(hostPath, templateEnding)
	key := theShape().keyOfFiles()
	if !theShape().allows(key, o.Path, quote(o.Path)) {
		text, _ := theShape().wants(key)
		s.report(name, quote(o.Path)+" can't be a path on the host: want "+text, "")
		return
	}
	source, err := filepath.Rel(s.folder.root, filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		s.report(name, err.Error(), "")
		return
	}
	o.Distance, o.files, o.name = s.distance, s.dir, filepath.FromSlash(name)
	o.File, o.Source = s.show(filepath.Join(s.dir, o.name)), "overlays/"+filepath.ToSlash(source)
	s.found = append(s.found, o)
}

// twice reports a file and a template of one level for the same path.
func (s *ownSearch) twice(level []OwnFile) {
	slices.SortFunc(level, func(a, b OwnFile) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.File, b.File)) })
	for i := 1; i < len(level); i++ {
		if a, b := level[i-1], level[i]; a.Path == b.Path {
			s.problems = append(s.problems, Error{
				Pos: Position{File: b.File}, Problem: "two files for " + b.Path + " at the same level",
				Hint: "the other one: " + a.File + "; delete one of them",
			})
		}
	}
}

// unfitFile says why a file can't be delivered.
func unfitFile(root *os.Root, name string) (problem, hint string) {
	info, err := root.Stat(name)
	switch {
	case err != nil && strings.Contains(err.Error(), "escapes from parent"):
		return "a symbolic link that leads out of files/", "put a copy here; what clusters share goes into files/ of a folder above them"
	case err != nil:
		return "can't be read: " + reason(err), ""
	case info.IsDir():
		return "a symbolic link to a folder", "make it a folder"
	case !info.Mode().IsRegular():
		return "no regular file", ""
	case info.Size() > maxOwnFile:
		return fmt.Sprintf("%d bytes; %d (1 MiB) is the most", info.Size(), maxOwnFile), "what is larger belongs into a package or an image: the tree is kept in Git, once for each host"
	}
	return "", ""
}

// leftover says whether a name is one that editors, Git and desktops leave in folders.
func leftover(name string) bool {
	switch name {
	case ".gitkeep", ".gitignore", ".gitattributes", ".DS_Store", "Thumbs.db", "desktop.ini":
		return true
	}
	vim := strings.HasPrefix(name, ".") && (strings.HasSuffix(name, ".swp") || strings.HasSuffix(name, ".swo"))
	emacs := strings.HasPrefix(name, ".#") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")
	return vim || emacs || strings.HasSuffix(name, "~")
}

// keyOfFiles is what paths of files have to be.
func (s *shape) keyOfFiles() *node {
	s.open(s.files)
	return s.files.key
}

// pathsOf lists where files lie on hosts, each once.
func pathsOf(own []OwnFile) []string {
	var paths []string
	for _, o := range own {
		paths = append(paths, o.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
