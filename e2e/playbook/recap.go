// Package playbook has what tests that run ansible-playbook have in common.
package playbook

import (
	"regexp"
	"strconv"
)

// Recap is what a playbook did to a host.
type Recap struct{ Changed, Unreachable, Failed int }

var recapLine = regexp.MustCompile(`(?m)^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)`)

// Recaps reads those of all hosts in what ansible-playbook printed.
func Recaps(output string) map[string]Recap {
	hosts := map[string]Recap{}
	for _, m := range recapLine.FindAllStringSubmatch(output, -1) {
		number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
		hosts[m[1]] = Recap{number(2), number(3), number(4)}
	}
	return hosts
}
