package rendered

import (
	"regexp"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// environmentFile is the directive by which a unit names a file of variables.
var environmentFile = regexp.MustCompile(`(?m)^EnvironmentFile=-?(\S+)`)

// UnitEnvironment gives the variables, as NAME=value, of the rendered files that a unit's rendered drop-ins name.
func (h *Host) UnitEnvironment(unit string) []string {
	var variables []string
	for i := range h.Files {
		if !strings.HasPrefix(h.Files[i].Path, "/etc/systemd/system/"+unit+".d/") {
			continue
		}
		for _, match := range environmentFile.FindAllSubmatch(h.Files[i].Content, -1) {
			if f := h.File(string(match[1])); f != nil {
				variables = append(variables, assignments(f)...)
			}
		}
	}
	return variables
}

func assignments(f *tree.File) []string {
	var list []string
	for _, line := range Lines(f) {
		name, value, _ := strings.Cut(line, "=")
		list = append(list, name+"="+strings.Trim(value, `"'`))
	}
	return list
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
