package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
)

// Format gives CUE in the form of cue fmt, which is also that of CUE's language server. The name is the file's, for errors, which
// are of type Errors.
func Format(name string, src []byte) ([]byte, error) {
	dir := filepath.Dir(name)
	f := folder{given: dir, abs: dir, root: dir}
	if problem, found := f.garbled(name, src); found {
		return nil, Errors{problem}
	}
	file, err := parser.ParseFile(name, src, parser.AllErrors, parser.ParseComments)
	if err != nil {
		return nil, f.syntax(err)
	}
	text, err := settle(file)
	if err != nil {
		return nil, f.convert(err)
	}
	if !saysTheSame(file, text) {
		return nil, Errors{{Pos: Position{File: name}, Problem: "CUE's formatter would spoil a comment", Hint: "give each comment a line of its own"}}
	}
	return text, nil
}

// settle formats until nothing changes any more: a comment at an odd place may need two rounds.
func settle(file *ast.File) (text []byte, err error) {
	const rounds = 5
	for range rounds {
		before := text
		if text, err = format.Node(file); err != nil || bytes.Equal(before, text) {
			return text, err
		}
		if file, err = parser.ParseFile(file.Filename, text, parser.ParseComments); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// saysTheSame tells whether text has all comments of a file: what is in place of the file may lose none.
func saysTheSame(file *ast.File, text []byte) bool {
	again, err := parser.ParseFile(file.Filename, text, parser.ParseComments)
	return err == nil && slices.Equal(commentsIn(file), commentsIn(again))
}

// commentsIn lists the lines of all comments, in the order of their texts.
func commentsIn(file *ast.File) []string {
	var lines []string
	ast.Walk(file, func(n ast.Node) bool {
		if c, ok := n.(*ast.Comment); ok {
			lines = append(lines, strings.TrimSpace(c.Text))
		}
		for _, group := range ast.Comments(n) {
			for _, c := range group.List {
				lines = append(lines, strings.TrimSpace(c.Text))
			}
		}
		return true
	}, nil)
	slices.Sort(lines)
	return lines
}

// Formattable lists the CUE files below a folder of definitions that people write. What lies in files/ is data, and what lies elsewhere
// belongs to others: links are not followed, files for editors and other modules in cue.mod/ are left out, and what starts with a dot
// or an underscore.
func Formattable(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, Errors{{Pos: Position{File: dir}, Problem: "not a readable folder: " + reason(err)}}
	}
	var paths []string
	for _, entry := range entries {
		name := entry.Name()
		path := filepath.Join(dir, name)
		switch {
		case strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_"):
		case entry.IsDir() && name == "cue.mod":
			path = filepath.Join(dir, filepath.FromSlash(moduleFile))
			if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
				paths = append(paths, path)
			}
		case entry.IsDir() && name != filesName:
			below, err := Formattable(path)
			if err != nil {
				return nil, err
			}
			paths = append(paths, below...)
		case entry.Type().IsRegular() && strings.HasSuffix(name, ".cue") && !isForEditors(path):
			paths = append(paths, path)
		}
	}
	return paths, nil
}
