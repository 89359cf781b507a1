package rules

import (
	"path"
	"strings"
)

// ignoreLine is one pattern of a .gitignore file (gitignore(5)).
type ignoreLine struct {
	file    string // path of the .gitignore, as seen from the repository's root
	number  int    // of the line, from 1
	pattern string // without "!", leading and trailing slashes
	negated bool   // "!": takes files back in
	folder  bool   // a slash at the end: folders alone
	rooted  bool   // a slash elsewhere: matches from the file's folder on, not at any depth
}

// parseIgnore reads a .gitignore file.
func parseIgnore(file string, content []byte) []ignoreLine {
	var lines []ignoreLine
	for i, text := range strings.Split(string(content), "\n") {
		text = strings.TrimSuffix(text, "\r")
		if trimmed := strings.TrimRight(text, " "); !strings.HasSuffix(trimmed, `\`) {
			text = trimmed
		}
		l := ignoreLine{file: file, number: i + 1}
		switch {
		case text == "" || text[0] == '#':
			continue
		case text[0] == '!':
			l.negated, text = true, text[1:]
		case strings.HasPrefix(text, `\#`) || strings.HasPrefix(text, `\!`):
			text = text[1:]
		}
		l.folder = strings.HasSuffix(text, "/")
		text = strings.TrimSuffix(text, "/")
		l.rooted = strings.Contains(text, "/")
		l.pattern = strings.TrimPrefix(text, "/")
		lines = append(lines, l)
	}
	return lines
}

// ignoredBy finds the line that makes Git ignore a file; nil where none does. Lines come by the folder of their file;
// all paths are seen from the repository's root, which is ".".
func ignoredBy(ignore map[string][]ignoreLine, file string) *ignoreLine {
	for end := range len(file) + 1 { // from the outermost folder on: what lies below an ignored one can't be taken back in
		if end < len(file) && file[end] != '/' {
			continue
		}
		if line := matching(ignore, file[:end], end < len(file)); line != nil && !line.negated {
			return line
		}
	}
	return nil
}

// matching finds the last line that speaks of a path: lines of deeper files win, and later lines of a file.
func matching(ignore map[string][]ignoreLine, name string, isFolder bool) *ignoreLine {
	for folder := path.Dir(name); ; folder = path.Dir(folder) {
		lines, below := ignore[folder], name
		if folder != "." {
			below = name[len(folder)+1:]
		}
		for i := len(lines) - 1; i >= 0; i-- {
			if lines[i].matches(below, isFolder) {
				return &lines[i]
			}
		}
		if folder == "." {
			return nil
		}
	}
}

// matches says whether the line speaks of a path, as seen from its file's folder.
func (l ignoreLine) matches(name string, isFolder bool) bool {
	if l.folder && !isFolder {
		return false
	}
	if !l.rooted {
		name = path.Base(name)
	}
	return matchParts(strings.Split(l.pattern, "/"), strings.Split(name, "/"))
}

// matchParts compares folder by folder; "**" is any number of them.
func matchParts(pattern, name []string) bool {
	if len(pattern) == 0 {
		return len(name) == 0
	}
	if pattern[0] == "**" {
		if len(pattern) == 1 {
			return len(name) > 0
		}
		for i := range len(name) + 1 {
			if matchParts(pattern[1:], name[i:]) {
				return true
			}
		}
		return false
	}
	if len(name) == 0 {
		return false
	}
	ok, err := path.Match(strings.ReplaceAll(pattern[0], "[!", "[^"), name[0])
	return err == nil && ok && matchParts(pattern[1:], name[1:])
}
