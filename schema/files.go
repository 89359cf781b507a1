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
		content, err := root.ReadFile(filepath.FromSlash(use.name))
		if err != nil {
			problem := reason(err)
			if strings.Contains(problem, "escapes from parent") {
				problem = "a symbolic link that leads out of the cluster's folder"
			}
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
