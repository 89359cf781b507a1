package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// tellDrift names files of the host that aren't what its definition gives: edited by hand, or not built yet. Export takes the tree as it
// stands all the same: it may be what hosts have, while the definition is ahead, or there may be no definition here at all.
func (o *exportOptions) tellDrift(ctx context.Context, messages io.Writer, h exported) {
	dir := filepath.Join(overlays, h.cluster)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return
	}
	changed, err := o.drift(ctx, dir, h)
	switch {
	case err != nil:
		fmt.Fprintf(messages, "khagen: %s: not compared with %s, which can't be rendered: khagen vet says why\n", h, dir)
	case len(changed) > 0:
		fmt.Fprintf(messages, "khagen: %s: not what %s gives: %s: khagen build writes them anew\n", h, dir, some(changed))
	}
}

// drift gives the files of a host that a build would change.
func (o *exportOptions) drift(ctx context.Context, dir string, h exported) ([]string, error) {
	clusters, problems, err := load(ctx, []string{dir}, new(progress))
	if err != nil || len(problems) > 0 || len(clusters) != 1 {
		return nil, errors.Join(err, errors.New("mistakes in the definition"))
	}
	folder, err := tree.View(o.out)
	if err != nil {
		return nil, err
	}
	plan, err := render(folder, clusters[0])
	if err != nil {
		return nil, err
	}
	var changed []string
	for i := range plan.Changes {
		if c := &plan.Changes[i]; c.Host() == h.host {
			changed = append(changed, strings.TrimPrefix(c.Path, "hosts/"+h.host+"/"))
		}
	}
	return changed, nil
}
