package lab

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// source is where packages come from.
type source struct {
	uri        string
	components []string
}

// mirror gives the source of a release that this machine installs its own packages from.
func mirror(of Release) (source, error) {
	output, err := exec.Command("apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return source{}, fmt.Errorf("apt-get indextargets: %w", err)
	}
	return parseTargets(string(output), of)
}

// parseTargets reads lines of suite, component and URI. The first source of the release counts: others that call their
// suite so are additions to it, and have no essential packages.
func parseTargets(text string, of Release) (source, error) {
	var from source
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[0] != of.Codename || (from.uri != "" && from.uri != fields[2]) {
			continue
		}
		if !slices.Contains([]string{"main", "universe"}, fields[1]) {
			continue // nothing from there is needed
		}
		from.uri = fields[2]
		if !slices.Contains(from.components, fields[1]) {
			from.components = append(from.components, fields[1])
		}
	}
	if from.uri == "" {
		return source{}, fmt.Errorf("apt knows no source of %s: see apt-get indextargets", of.Codename)
	}
	return from, nil
}

// aptProxy is the one that apt uses, or "".
func aptProxy() string {
	output, err := exec.Command("apt-config", "dump", "--format", "%v%n", "Acquire::http::Proxy").Output()
	if err != nil {
		return ""
	}
	value, _, _ := strings.Cut(string(output), "\n")
	return value
}
