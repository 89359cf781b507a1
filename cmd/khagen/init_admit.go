package main

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/starter"
	"github.com/khagen/khagen/internal/topology"
)

// newcomer is a cluster that isn't written yet.
type newcomer struct {
	folder     string // below overlays/
	files      []starter.File
	definition *starter.Definition // nil: a reference's
	warnings   []problem
}

// admit is the error of a cluster that there is no place for, or that vet or build would refuse.
func (o *initOptions) admit(c *newcomer) error {
	problems, err := o.judge(c)
	if err != nil {
		return err
	}
	if refused(problems) == nil {
		c.warnings = problems
		return nil
	}
	problems = slices.DeleteFunc(problems, func(p problem) bool { return !p.fails() })
	return together(c.blame(problems))
}

// judge lets all rules judge a cluster beside those that are there, and renders it. It gives what is wrong that wasn't before.
func (o *initOptions) judge(c *newcomer) (problems []problem, err error) {
	trial, cluster, problems, err := o.try(c)
	if err != nil {
		return nil, err
	}
	defer trial.Close()
	if cluster != nil {
		all := findings("out", append(slices.Clone(o.fleet), cluster))
		problems = found(unheard(all, findings("out", o.fleet)))
	}
	if cluster != nil && refused(problems) == nil {
		_, err := render(nil, cluster)
		if problems = append(problems, mistakes(err, "")...); err != nil && refused(problems) == nil {
			return nil, err
		}
	}
	problems = inPlace(trial, problems)
	sortProblems(problems)
	return problems, nil
}

// inPlace gives problems the paths that files have where they belong.
func inPlace(trial *starter.Trial, problems []problem) []problem {
	for i := range problems {
		p := &problems[i]
		p.File, p.Problem, p.Hint = trial.Real(p.File), trial.Real(p.Problem), trial.Real(p.Hint)
	}
	return problems
}

// try reads the definition as it would be read in its place. There is a trial unless there is an error.
func (o *initOptions) try(c *newcomer) (*starter.Trial, *topology.Cluster, []problem, error) {
	if err := starter.Place(".", c.folder, o.folders); err != nil {
		return nil, nil, nil, err
	}
	trial, err := starter.NewTrial(".", c.files)
	if err != nil {
		return nil, nil, nil, err
	}
	cluster, err := understand(trial.Dir(c.folder))
	problems := mistakes(err, "")
	if err != nil && problems == nil {
		trial.Close()
		return nil, nil, nil, err
	}
	return trial, cluster, problems, nil
}

// unheard leaves out accepted warnings, and what rules found before.
func unheard(all, before []rules.Finding) []rules.Finding {
	type what struct{ id, cluster, path, problem string }
	old := map[what]bool{}
	for _, f := range before {
		old[what{f.ID, f.Cluster, f.Path, f.Problem}] = true
	}
	return slices.DeleteFunc(all, func(f rules.Finding) bool {
		return f.Accepted != "" || old[what{f.ID, f.Cluster, f.Path, f.Problem}]
	})
}

// blame puts problems down to the answers that they come from. The definition isn't there to look at: places in it say nothing.
func (c *newcomer) blame(problems []problem) []starter.Mistake {
	all := make([]starter.Mistake, len(problems))
	for i, p := range problems {
		if slices.ContainsFunc(c.files, func(f starter.File) bool { return f.Path == filepath.ToSlash(p.File) }) {
			p.File, p.Line, p.Column = "", 0, 0
		}
		all[i].Problem = p.text([]string{""})
		switch {
		case c.definition != nil:
			all[i].Flag = c.definition.Flag(p.Path)
		case p.Path == "name": // all that is said of a copy
			all[i].Flag = starter.NAME
		}
	}
	return all
}

// together makes one error of mistakes.
func together(mistakes []starter.Mistake) error {
	all := make([]error, len(mistakes))
	for i, m := range mistakes {
		all[i] = m
	}
	return errors.Join(all...)
}
