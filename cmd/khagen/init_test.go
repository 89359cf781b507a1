package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/starter"
)

// TestInitSuggestions: whatever is chosen, what is suggested for the rest makes a cluster of which nobody warns.
func TestInitSuggestions(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, network := range []string{"10.20.0.0/24", "fd00:20::/64"} {
		for _, placement := range choices(t, "load-balancer") {
			for _, install := range choices(t, "install") {
				t.Run(network+" "+placement+" "+install, func(t *testing.T) {
					suggested(t, map[string]string{"network": network, "load-balancer": placement, "install": install})
				})
			}
		}
	}
	for _, proxy := range choices(t, "proxy") {
		t.Run(proxy, func(t *testing.T) { suggested(t, map[string]string{"proxy": proxy}) })
	}
	for _, system := range choices(t, "os") {
		if system == "rhel-8" {
			continue // its balancers are too old
		}
		t.Run(system, func(t *testing.T) { suggested(t, map[string]string{"os": system}) })
	}
}

// choices are the answers that the schema has for a question.
func choices(t *testing.T, flag string) []string {
	t.Helper()
	for _, q := range starter.Questions() {
		if all := q.Choices(); q.Flag == flag && len(all) > 1 {
			return all
		}
	}
	t.Fatalf("nothing to choose from for --%s", flag)
	return nil
}

func suggested(t *testing.T, given map[string]string) {
	t.Helper()
	var o initOptions
	for _, q := range starter.Questions() {
		*q.Answer(&o.answers) = given[q.Flag]
	}
	o.answers.FillIn()
	c, err := o.fromAnswers()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := o.judge(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s\n%s", p.text([]string{""}), c.files[0].Content)
	}
}

// TestInitWritesWhatIsTrue: the commands and flags that a new repository's files name exist, and so do the pages.
func TestInitWritesWhatIsTrue(t *testing.T) {
	commands := regexp.MustCompile("(?m)(?:^|`|run: )khagen ([a-z]+)((?: --[a-z-]+)*)")
	pages := regexp.MustCompile(`github\.com/khagen/khagen/blob/main/([^)]+)`)
	count := 0
	for _, file := range starter.Repository("v1.2.3") {
		for _, m := range commands.FindAllStringSubmatch(string(file.Content), -1) {
			count++
			cmd, _, err := newRootCmd().Find([]string{m[1]})
			if err != nil || cmd.Name() != m[1] {
				t.Errorf("%s: no command %s", file.Path, m[0])
				continue
			}
			for _, flag := range strings.Fields(m[2]) {
				if cmd.Flags().Lookup(strings.TrimPrefix(flag, "--")) == nil {
					t.Errorf("%s: khagen %s has no %s", file.Path, m[1], flag)
				}
			}
		}
		for _, m := range pages.FindAllStringSubmatch(string(file.Content), -1) {
			count++
			if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", file.Path, err)
			}
		}
	}
	if count < 12 {
		t.Errorf("only %d commands and pages were looked at", count)
	}
}
