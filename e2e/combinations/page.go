package combinations

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

var (
	definition = regexp.MustCompile("(?ms)^```cue\n(package fleet\n.*?)^```$")
	named      = regexp.MustCompile(`(?m)^\tname: "([a-z0-9-]+)"$`)
)

// Page gives the definitions of docs/topologies.md by the names of their clusters.
func Page(file string) (map[string]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, match := range definition.FindAllStringSubmatch(string(content), -1) {
		name := named.FindStringSubmatch(match[1])
		if name == nil || all[name[1]] != "" {
			return nil, fmt.Errorf("%s: a definition without a name of its own:\n%s", file, match[1])
		}
		all[name[1]] = match[1]
	}
	return all, nil
}

// Incompatible says, as docs/topologies.md does, what doesn't go together.
func Incompatible() string {
	var b strings.Builder
	for _, cause := range causes {
		fmt.Fprintf(&b, "- %s ([%s](rules.md#%s))\n", cause.why, cause.rule, strings.ToLower(cause.rule))
	}
	return b.String()
}
