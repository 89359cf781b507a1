package rendered

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// environmentFile is the directive by which a unit names a file of variables.
var environmentFile = regexp.MustCompile(`(?m)^EnvironmentFile=-?(\S+)`)

// UnitEnvironment gives the variables, as NAME=value, of the rendered files that a unit's rendered drop-ins name.
func (h *Host) UnitEnvironment(unit string) []string {
	var all []string
	for i := range h.Files {
		if !strings.HasPrefix(h.Files[i].Path, "/etc/systemd/system/"+unit+".d/") {
			continue
		}
		for _, match := range environmentFile.FindAllSubmatch(h.Files[i].Content, -1) {
			if f := h.File(string(match[1])); f != nil {
				all = append(all, variables(f)...)
			}
		}
	}
	return all
}

func variables(f *tree.File) []string {
	var list []string
	for _, line := range Assignments(f) {
		name, value, _ := strings.Cut(line, "=")
		list = append(list, name+"="+strings.Trim(value, `"'`))
	}
	return list
}

// Assignments gives the lines of a file of variables, as they should be NAME=value, each with those that a backslash at
// its end adds.
func Assignments(f *tree.File) []string {
	joined := *f
	joined.Content = bytes.ReplaceAll(f.Content, []byte("\\\n"), nil)
	return Lines(&joined)
}

// Lines gives the lines of a delivered file that are neither empty nor comments, without spaces around them.
func Lines(f *tree.File) []string {
	var list []string
	for line := range strings.Lines(string(Delivered(f))) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line[0] != ';' {
			list = append(list, line)
		}
	}
	return list
}
