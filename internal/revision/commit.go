package revision

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Unknown is a revision that the clone hasn't got.
type Unknown struct {
	Rev     string
	Shallow bool     // the clone lacks older commits
	Names   []string // branches and tags that it has, as one writes them; of branches elsewhere as origin/main
}

func (e *Unknown) Error() string { return fmt.Sprintf("this clone has no revision %q", e.Rev) }

// commit gives the id of the commit that a revision names.
func (r repository) commit(ctx context.Context, rev string) (string, error) {
	if one, other, both := strings.Cut(rev, "..."); both {
		return r.mergeBase(ctx, rev, one, other)
	}
	switch {
	case rev == "":
		return "", errors.New("a revision can't be empty")
	case strings.HasPrefix(rev, "-"): // nor does git's own grammar know such a one: it would be an option
		return "", fmt.Errorf("%q is no revision", rev)
	case strings.Contains(rev, ".."):
		return "", fmt.Errorf("%q is a range: name one revision, or %q for the commit where both part", rev, strings.Replace(rev, "..", "...", 1))
	}
	id, remarks, err := r.output(ctx, "rev-parse", "--verify", rev)
	switch {
	case strings.Contains(remarks, "short object ID"):
		return "", fmt.Errorf("several objects begin with %s: write more of it", rev)
	case strings.Contains(remarks, "is ambiguous"):
		return "", fmt.Errorf("%q names more than one thing: write refs/heads/%[1]s, refs/tags/%[1]s or refs/remotes/%[1]s", rev)
	case strings.Contains(remarks, "only goes back"):
		return "", fmt.Errorf("%q is older than what this clone remembers of it", rev)
	case strings.Contains(remarks, "Needed a single revision"):
		return "", r.unknown(ctx, rev)
	case err != nil:
		return "", err
	}
	commit, _, err := r.output(ctx, "rev-parse", "--verify", "--quiet", id+"^{commit}")
	if err == nil || ctx.Err() != nil {
		return commit, err
	}
	if kind, _, err := r.output(ctx, "cat-file", "-t", id); err == nil {
		return "", fmt.Errorf("%q names a %s, want a commit, branch or tag", rev, kind)
	}
	return "", r.unknown(ctx, rev)
}

// mergeBase gives the commit where two revisions part.
func (r repository) mergeBase(ctx context.Context, rev, one, other string) (string, error) {
	var ids [2]string
	for i, side := range []string{one, other} {
		if side == "" {
			side = "HEAD"
		}
		id, err := r.commit(ctx, side)
		if err != nil {
			return "", err
		}
		ids[i] = id
	}
	base, _, err := r.output(ctx, "merge-base", ids[0], ids[1])
	if err == nil || ctx.Err() != nil {
		return base, err
	}
	if unknown := r.unknown(ctx, rev); unknown.Shallow {
		return "", unknown
	}
	return "", fmt.Errorf("%q: both have no commit in common", rev)
}

// unknown gathers what helps to see why there is no such revision.
func (r repository) unknown(ctx context.Context, rev string) *Unknown {
	u := &Unknown{Rev: rev}
	shallow, _, _ := r.output(ctx, "rev-parse", "--is-shallow-repository")
	u.Shallow = shallow == "true"
	names, _, _ := r.output(ctx, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags", "refs/remotes")
	for name := range strings.Lines(names) {
		_, name, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(name), "refs/"), "/")
		if name != "" && !strings.HasSuffix(name, "/HEAD") {
			u.Names = append(u.Names, name)
		}
	}
	return u
}
