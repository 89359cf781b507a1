package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/schema"
)

// problem is a finding of a rule or a mistake in a definition, as machines read it.
type problem struct {
	ID       string         `json:"id,omitempty"` // of the rule; empty: the definition can't be understood or rendered
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

func problemOfFinding(f rules.Finding) problem {
	return problem{
		ID: f.ID, Severity: f.Severity, Cluster: f.Cluster,
		File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Col, Path: f.Path,
		Problem: f.Problem, Hint: f.Hint, Source: f.Source, Accepted: f.Accepted,
	}
}

func problemOfError(err error) problem {
	var e schema.Error
	if !errors.As(err, &e) {
		return problem{Severity: rules.Error, Problem: err.Error()}
	}
	return problem{
		Severity: rules.Error,
		File:     e.Pos.File, Line: e.Pos.Line, Column: e.Pos.Col, Path: e.Path,
		Problem: e.Problem, Hint: e.Hint,
	}
}

// split gives the single errors of one that has many.
func split(err error) []error {
	var list []error
	switch e := err.(type) {
	case nil:
	case schema.Errors:
		for _, one := range e {
			list = append(list, one)
		}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			list = append(list, split(one)...)
		}
	default:
		list = []error{err}
	}
	return list
}

// tell writes errors as messages for people and gives the exit code. Mistakes in definitions begin with their place,
// all other errors with the name of the program.
func tell(messages io.Writer, err error) int {
	code := exitFine
	for _, one := range split(err) {
		var done exitError
		var mistake schema.Error
		switch {
		case errors.As(one, &done):
			code = max(code, int(done))
			continue
		case errors.As(one, &mistake) && mistake.Pos.File != "":
			fmt.Fprintln(messages, one)
		default:
			fmt.Fprintln(messages, "khagen: "+strings.TrimSpace(one.Error()))
		}
		code = exitFailed
	}
	return code
}

// printFinding writes a finding like a mistake in a definition: place, field, problem, rule; the hint on a line below.
func printFinding(w io.Writer, f rules.Finding) {
	e := schema.Error{Pos: f.Pos, Path: f.Path, Problem: f.Problem + " (" + f.ID}
	if f.Severity == rules.Warning {
		e.Problem += ", warning"
	}
	e.Problem += ")"
	if f.Accepted != "" {
		e.Problem += ", accepted: " + f.Accepted
	} else {
		e.Hint = f.Hint
	}
	fmt.Fprintln(w, e.Error())
}

// refuse is the judge of a build: it tells what rules found, except for accepted warnings, and stops at errors.
func refuse(messages io.Writer) func([]rules.Finding) error {
	return func(findings []rules.Finding) error {
		for _, f := range findings {
			if f.Accepted == "" {
				printFinding(messages, f)
			}
		}
		if slices.ContainsFunc(findings, isError) {
			return exitError(exitFailed)
		}
		return nil
	}
}

func isError(f rules.Finding) bool { return f.Severity == rules.Error }
