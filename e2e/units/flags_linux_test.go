package units

import (
	"context"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/internal/upstream"
)

var (
	release    = regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+`)
	helpedFlag = regexp.MustCompile(`(?m)^ +(?:-[a-zA-Z], )?--([a-zA-Z0-9][-_.a-zA-Z0-9]*)`)
	unknown    = regexp.MustCompile(`unknown flag: --|flag provided but not defined: -`)
)

// TestFlags holds the flags that khagen knows to those that the programs take, of each version that is built: a flag too many is a
// misspelt one that passes, and one too few is a right one that khagen refuses.
func TestFlags(t *testing.T) {
	for _, component := range []string{
		upstream.APIServer, upstream.ControllerManager, upstream.Scheduler, upstream.Kubelet, upstream.Etcd,
	} {
		t.Run(component, func(t *testing.T) {
			needBuilt(t, component)
			t.Parallel()
			found, err := allBuilt(component, "*")
			if err != nil {
				t.Fatal(err)
			}
			for _, program := range found {
				t.Run(path.Base(path.Dir(program)), func(t *testing.T) {
					t.Parallel()
					testFlags(t, component, program)
				})
			}
		})
	}
}

func testFlags(t *testing.T, component, program string) {
	t.Helper()
	state, err := accepted.Program(program)
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Already(t, "flags", component, state) { // khagen's lists are among the judges
		return
	}
	version, err := upstream.ParseVersion(release.FindString(ask(t, program, "--version")))
	if err != nil {
		t.Fatal(err)
	}
	helped, known := helpedFlags(ask(t, program, "--help")), upstream.Flags(component)
	if len(helped) < 50 {
		t.Fatalf("--help shows %d flags", len(helped))
	}
	for _, flag := range helped {
		problem, _ := upstream.FlagProblem(component, flag, version)
		if (problem != "" || !slices.Contains(known, flag)) && taken(t, program, flag) {
			t.Errorf("khagen doesn't know %s of %s (%s)", flag, version, problem)
		}
	}
	for _, flag := range known {
		problem, _ := upstream.FlagProblem(component, flag, version)
		takes := problem == "" && slices.Contains(helped, flag) || taken(t, program, flag)
		if takes != (problem == "") {
			t.Errorf("%s takes %s: %v; khagen says %q", version, flag, takes, problem)
		}
	}
}

func helpedFlags(help string) []string {
	var flags []string
	for _, match := range helpedFlag.FindAllStringSubmatch(help, -1) {
		flags = append(flags, strings.ReplaceAll(match[1], "_", "-"))
	}
	return flags
}

// taken tells whether a program reads on after a flag that its --help leaves out; etcd's has some, too, that it takes no more. Some value
// is wrong for most of them, and whether it is right for the others doesn't matter: --help keeps the program from starting anything.
func taken(t *testing.T, program, flag string) bool {
	t.Helper()
	return !unknown.MatchString(ask(t, program, "--"+flag+"=1", "--help"))
}

// ask gives what a program writes, however it ends.
func ask(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	output, _ := exec.CommandContext(ctx, program, arguments...).CombinedOutput() // a flag that is refused is an answer
	if len(output) == 0 || ctx.Err() != nil {
		t.Fatalf("%s %s says nothing", program, strings.Join(arguments, " "))
	}
	return string(output)
}
