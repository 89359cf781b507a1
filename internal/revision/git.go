package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// repository is the one that a folder lies in, as git finds it from there.
type repository struct{ dir string }

// command is a call of git that neither asks, fetches nor writes.
func (r repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(cmd.Environ(),
		"GIT_NO_LAZY_FETCH=1",     // a partial clone lacks what it lacks
		"GIT_ALLOW_PROTOCOL=",     // the same for a git that doesn't know the line above, whatever its configuration allows
		"GIT_TERMINAL_PROMPT=0",   //
		"GIT_OPTIONAL_LOCKS=0",    //
		"GIT_LITERAL_PATHSPECS=1", // a path is a path
		"LC_ALL=C",                // messages that problem knows
	)
	return cmd
}

// output is what git prints on stdout, without the last line break, and what it has to say about it on stderr.
func (r repository) output(ctx context.Context, args ...string) (result, remarks string, err error) {
	var stdout, stderr bytes.Buffer
	cmd := r.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", stderr.String(), problem(ctx, err, stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n"), stderr.String(), nil
}

// problem words a call that failed: what git said, and what to do where that is known.
func problem(ctx context.Context, err error, stderr string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("a revision is read by the program git, which isn't installed here: install it, or name a folder")
	case strings.Contains(stderr, "dubious ownership"):
		_, place, _ := strings.Cut(stderr, "repository at ")
		place, _, _ = strings.Cut(place, "\n")
		return fmt.Errorf("git reads no repository of another user's: run git config --global --add safe.directory %s", place)
	case strings.Contains(stderr, "not a git repository"):
		return errors.New("no repository of Git here, so there are no revisions: name a folder" + elsewhere(stderr))
	case strings.Contains(stderr, "promisor remote"), strings.Contains(stderr, "transport '"):
		return errors.New("this clone is partial and lacks files of it: git diff --stat with that revision fetches them, khagen fetches nothing")
	}
	if said := lastFatal(stderr); said != "" {
		return fmt.Errorf("git: %s", said)
	}
	return fmt.Errorf("git: %w", err)
}

// elsewhere says where git looked, where the environment told it to.
func elsewhere(stderr string) string {
	_, place, told := strings.Cut(stderr, "not a git repository: ")
	if !told {
		return ""
	}
	return fmt.Sprintf(" (GIT_DIR says %s)", strings.TrimSpace(place))
}

// lastFatal is the line with which git gave up, or the last one.
func lastFatal(stderr string) string {
	last := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if said, ok := strings.CutPrefix(line, "fatal: "); ok {
			return said
		} else if line != "" {
			last = line
		}
	}
	return last
}
