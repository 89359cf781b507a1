package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/schema"
)

// problem is a mistake in a definition, or what a rule found in one.
type problem struct {
	ID       string         `json:"id,omitempty"` // of the rule; empty: the definition can't be understood
	Severity rules.Severity `json:"severity"`
	Cluster  string         `json:"cluster,omitempty"`
	File     string         `json:"file,omitempty"`
	Line     int            `json:"line,omitempty"`
	Column   int            `json:"column,omitempty"`
	Path     string         `json:"path,omitempty"`
	Problem  string         `json:"problem"`
	Hint     string         `json:"hint,omitempty"`
	Source   string         `json:"source,omitempty"`
	Accepted string         `json:"accepted,omitempty"` // why the definition lives with it
}

// mistake tells whether a definition can't be understood because of it.
func (p *problem) mistake() bool { return p.ID == "" }

// fails tells whether nothing can be built because of it.
func (p *problem) fails() bool { return p.Severity == rules.Error }

// mistakes gives the problems in an error of the schema's; nil where it is another error.
func mistakes(err error, cluster string) []problem {
	var all schema.Errors
	var one schema.Error
	if errors.As(err, &one) {
		all = schema.Errors{one}
	} else if !errors.As(err, &all) {
		return nil
	}
	problems := make([]problem, len(all))
	for i, e := range all {
		problems[i] = problem{
			Severity: rules.Error, Cluster: cluster,
			File: e.Pos.File, Line: e.Pos.Line, Column: e.Pos.Col, Path: e.Path,
			Problem: e.Problem, Hint: e.Hint,
		}
	}
	return problems
}

// found gives what rules found as problems.
func found(findings []rules.Finding) []problem {
	problems := make([]problem, len(findings))
	for i, f := range findings {
		problems[i] = problem{
			ID: f.ID, Severity: f.Severity, Cluster: f.Cluster,
			File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Path: f.Path,
			Problem: f.Problem, Hint: f.Hint, Source: f.Source, Accepted: f.Accepted,
		}
	}
	return problems
}

// sortProblems puts problems in the order of their places.
func sortProblems(problems []problem) {
	slices.SortStableFunc(problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// printProblems writes problems for people: place, field, problem, rule, and what to do on a line below. What several
// clusters have from a file that they share is said once, with their names.
func printProblems(w io.Writer, problems []problem) {
	for _, s := range shared(problems) {
		fmt.Fprintln(w, s.text(s.clusters))
	}
}

// text words a problem that these clusters have.
func (p *problem) text(clusters []string) string {
	e := schema.Error{Pos: schema.Position{File: p.File, Line: p.Line, Col: p.Column}, Path: p.Path, Problem: p.Problem, Hint: p.Hint}
	var remarks []string
	if p.ID != "" {
		remarks = append(remarks, p.ID)
	}
	if p.Accepted != "" {
		remarks = append(remarks, "accepted: "+p.Accepted)
		e.Hint = ""
	} else if !p.fails() {
		remarks = append(remarks, string(p.Severity))
	}
	remark := strings.Join(remarks, ", ")
	if own := strings.Contains(filepath.ToSlash(p.File)+"/", "/"+clusters[0]+"/"); !own && clusters[0] != "" {
		remark = strings.TrimPrefix(remark+"; "+schema.Some(clusters), "; ")
	}
	if remark != "" {
		e.Problem += " (" + remark + ")"
	}
	return e.Error()
}

// refuse is the judge of a build for people: it tells all problems, and stops where there are errors.
func refuse(messages io.Writer) func([]problem) error {
	return func(problems []problem) error {
		printProblems(messages, problems)
		return refused(problems)
	}
}

// refused is the error of a build that has problems; warnings are none.
func refused(problems []problem) error {
	if slices.ContainsFunc(problems, func(p problem) bool { return p.fails() }) {
		return exitError(exitFailed)
	}
	return nil
}
