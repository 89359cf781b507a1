package starter

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// References gives the names of the clusters in repository, which has overlays/.
func References(repository fs.FS) []string {
	found, err := fs.Glob(repository, overlays+"/*/cluster.cue")
	if err != nil {
		panic("embedded references: " + err.Error())
	}
	for i, file := range found {
		found[i] = path.Base(path.Dir(file))
	}
	return found
}

// About is what a reference is, in the first sentence of its definition's first comment.
func About(repository fs.FS, reference string) string {
	definition, err := fs.ReadFile(repository, path.Join(overlays, reference, "cluster.cue"))
	if err != nil {
		return ""
	}
	words := strings.Fields(strings.ReplaceAll(comment.FindString(string(definition)), "//", ""))
	sentence, _, _ := strings.Cut(strings.Join(words, " ")+" ", ". ")
	return strings.TrimSpace(sentence)
}

// comment matches the first one whose lines are nothing else.
var comment = regexp.MustCompile(`(?m)^//.*(\n//.*)*`)

// named is the line that names a cluster.
var named = regexp.MustCompile(`(?m)^(\s*name:\s*)"[^"]*"`)

// Reference gives the files of a reference cluster, as they are for the folder dir below overlays/.
func Reference(repository fs.FS, reference, dir string) ([]File, error) {
	if !slices.Contains(References(repository), reference) {
		return nil, fmt.Errorf("no reference %q", reference)
	}
	folder, err := fs.Sub(repository, path.Join(overlays, reference))
	if err != nil {
		return nil, err
	}
	var files []File
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if name == "cluster.cue" {
			content = rename(content, path.Base(dir))
		}
		files = append(files, File{path.Join(overlays, dir, name), content})
		return err
	})
	return files, err
}

// rename gives a definition another name: its first field of that name.
func rename(definition []byte, name string) []byte {
	at := named.FindSubmatchIndex(definition)
	if at == nil {
		return definition
	}
	return slices.Concat(definition[:at[3]], []byte(`"`+name+`"`), definition[at[1]:])
}
