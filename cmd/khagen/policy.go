package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/review"
)

// policyFlags are what a pipeline lets through.
type policyFlags struct {
	most   string
	forbid []string

	cmd *cobra.Command
}

func (p *policyFlags) register(cmd *cobra.Command) {
	p.cmd = cmd
	cmd.Flags().StringVar(&p.most, "max-risk", "", "exit 1 where the risk is above `GRADE`, else 0: "+strings.Join(review.Grades(), ", "))
	cmd.Flags().StringSliceVar(&p.forbid, "forbid", nil, "exit 1 where the change does one of `THINGS`, else 0: "+touchNames()+", or the id of a reason")
	_ = cmd.RegisterFlagCompletionFunc("max-risk", cobra.FixedCompletions(review.Grades(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("forbid", cobra.FixedCompletions(review.Forbiddable(), cobra.ShellCompDirectiveNoFileComp))
}

func touchNames() string {
	var names []string
	for _, t := range review.Touches {
		names = append(names, t.ID)
	}
	return strings.Join(names, ", ")
}

// policy reads the flags; nil where neither is there. An empty one is no policy that somebody means.
func (p *policyFlags) policy() (*review.Policy, error) {
	switch flags := p.cmd.Flags(); {
	case flags.Changed("max-risk") && p.most == "":
		return nil, fmt.Errorf(`--max-risk "": want %s; is a variable empty?`, strings.Join(review.Grades(), ", "))
	case flags.Changed("forbid") && len(p.forbid) == 0:
		return nil, errors.New(`--forbid "": want what can be forbidden; is a variable empty?`)
	case p.most == "" && len(p.forbid) == 0:
		return nil, nil
	}
	policy := &review.Policy{Most: review.Critical}
	for _, id := range p.forbid {
		policy.Forbid = append(policy.Forbid, strings.TrimSpace(id)) // in a pipeline's YAML a blank stands behind the comma
	}
	if p.most != "" {
		grade, err := review.ParseGrade(p.most)
		if err != nil {
			return nil, fmt.Errorf("--max-risk %q: %w", p.most, err)
		}
		policy.Most = grade
	}
	if err := review.ParseForbidden(policy.Forbid); err != nil {
		return nil, fmt.Errorf("--forbid: %w", err)
	}
	return policy, nil
}

// tellBroken says on which reasons a policy breaks, and whether there is one.
func tellBroken(messages io.Writer, policy *review.Policy, reviews []*review.Review) bool {
	broken := false
	for _, r := range reviews {
		for _, line := range policy.Broken(r) {
			broken = true
			fmt.Fprintln(messages, "khagen: "+line)
		}
	}
	return broken
}
