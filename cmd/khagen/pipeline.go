package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/overlay"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// pipeline is one run over the definitions of a repository. Commands differ in what they do with findings and plans.
type pipeline struct {
	clusters []string // those to render, by name; all where empty
	out      string   // folder of the rendered trees
	accepted bool     // judge gets accepted warnings too

	judge func([]problem) error                  // gets mistakes and findings; its error ends the run, and errors need one
	open  func(dir string) (*tree.Folder, error) // gives the folder to compare with; nil: render in memory only
	take  func(*tree.Plan) error                 // gets what differs, cluster by cluster, from several goroutines
}

// run is the whole of khagen: definitions in, plans out. All definitions of the repository are read and judged before
// out/ is opened; then clusters are rendered and compared one by one (or a few at once), so that few are in memory.
func (p *pipeline) run(ctx context.Context, progress *progress) error {
	all, chosen, err := p.read(ctx, progress)
	if err != nil {
		return err
	}
	var folder *tree.Folder
	if p.open != nil {
		if folder, err = p.open(p.out); err != nil {
			return err
		}
	}
	problems := make([]error, len(chosen))
	err = each(ctx, len(chosen), func(i int) error {
		progress.set("%s (%d of %d)", chosen[i].Spec.Name, i+1, len(chosen))
		plan, err := render(folder, chosen[i])
		if err != nil || plan == nil {
			problems[i] = err
			return nil
		}
		return p.take(plan)
	})
	if err := errors.Join(err, p.judgeOverlays(chosen, problems)); err != nil || folder == nil || len(p.clusters) > 0 {
		return err
	}
	return p.prune(folder, all)
}

// read loads all clusters of the repository, lets rules judge them against each other, and gives those to render.
// Mistakes in some definitions keep nobody from hearing what rules found in the others.
func (p *pipeline) read(ctx context.Context, progress *progress) (all, chosen []*topology.Cluster, err error) {
	dirs, err := find()
	if problems := mistakes(err, ""); problems != nil {
		return nil, nil, p.judge(problems)
	}
	if err != nil {
		return nil, nil, err
	}
	if p.open != nil {
		if err := apart(p.out); err != nil {
			return nil, nil, err
		}
	}
	wanted, err := choose(dirs, p.clusters)
	if err != nil {
		return nil, nil, err
	}
	all, problems, err := load(ctx, dirs, progress)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range all {
		if wanted[c.Spec.Dir] {
			chosen = append(chosen, c)
		}
	}
	problems = append(problems, found(p.concerning(chosen, findings(p.out, all)))...)
	sortProblems(problems)
	return all, chosen, p.judge(problems)
}

// judgeOverlays puts mistakes that users made beside their definitions to the judge; other errors of rendering stay errors.
func (p *pipeline) judgeOverlays(chosen []*topology.Cluster, rendered []error) error {
	var own []problem
	var others []error
	for i, err := range rendered {
		if found := mistakes(err, chosen[i].Spec.Name); found != nil {
			own = append(own, found...)
		} else if err != nil {
			others = append(others, err)
		}
	}
	if len(own) > 0 {
		sortProblems(own)
		others = append(others, p.judge(own))
	}
	return errors.Join(others...)
}

// render gives what differs between a cluster's files and its folder; nothing where there is no folder.
func render(folder *tree.Folder, c *topology.Cluster) (*tree.Plan, error) {
	files, err := generators.Generate(c)
	if err == nil {
		files, err = overlay.Apply(c, files)
	}
	if err == nil {
		files, err = delivery.Files(c, files)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Spec.Dir, err)
	}
	if folder == nil {
		return nil, nil
	}
	return folder.Plan(c.Spec.Name, files)
}

// prune takes away the trees of clusters that nobody defines any more.
func (p *pipeline) prune(folder *tree.Folder, all []*topology.Cluster) error {
	var names []string
	for _, c := range all {
		names = append(names, c.Spec.Name)
	}
	plans, err := folder.Prune(names)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		if err := p.take(plan); err != nil {
			return err
		}
	}
	return nil
}

// runOnTerminal is run with a line of progress where people watch.
func (p *pipeline) runOnTerminal(ctx context.Context) error {
	progress := new(progress)
	if isTerminal(os.Stderr) {
		progress = startProgress(os.Stderr)
	}
	defer progress.done()
	return p.run(ctx, progress)
}

// oneByOne makes a take that isn't safe for several goroutines wait its turn.
func oneByOne(take func(*tree.Plan) error) func(*tree.Plan) error {
	var mu sync.Mutex
	return func(plan *tree.Plan) error {
		mu.Lock()
		defer mu.Unlock()
		return take(plan)
	}
}
