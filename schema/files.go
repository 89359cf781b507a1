package schema

import (
	"os"
	"path/filepath"
	"strings"
)

// readFiles reads the files that a definition names. The schema has seen to it that their paths stay below files/; links may
// still lead out of it.
func (f folder) readFiles(uses []fileUse) (map[string][]byte, Errors) {
	files := map[string][]byte{}
	var problems Errors
	root, err := os.OpenRoot(f.abs)
	if err != nil {
		return nil, Errors{{Pos: Position{File: f.given}, Problem: "not a readable folder: " + reason(err)}}
	}
	defer root.Close()
	for _, use := range uses {
		if _, done := files[use.name]; done {
			continue
		}
		content, problem := readFile(root, filepath.FromSlash(use.name))
		if problem != "" {
			problems = append(problems, Error{
				Pos: use.pos, Path: use.path,
				Problem: quote(use.name) + ": " + problem,
				Hint:    "the path is relative to " + f.given,
			})
			continue
		}
		files[use.name] = content
	}
	return files, problems
}

func readFile(root *os.Root, path string) (content []byte, problem string) {
	info, err := root.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, "no regular file"
	}
	if err == nil {
		content, err = root.ReadFile(path)
	}
	switch {
	case err == nil:
		return content, ""
	case strings.Contains(err.Error(), "escapes from parent"):
		return nil, "a symbolic link that leads out of the cluster's folder"
	}
	return nil, reason(err)
}
