package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var acceptRules = []Rule{
	{
		ID: "KH001", Severity: Error,
		Title:   "an accepted warning is one that khagen knows",
		Reason:  "A misspelt id accepts nothing, and whoever reads it believes that it does.",
		Hint:    "see docs/rules.md for the ids, or delete the line",
		Source:  "docs/rules.md",
		accepts: acceptUnknown,
	},
	{
		ID: "KH002", Severity: Error,
		Title:   "errors are not accepted",
		Reason:  "What is an error makes files that do not work, whatever the reason.",
		Hint:    "mend what the rule finds and delete the line",
		Source:  "docs/rules.md",
		accepts: acceptError,
	},
	{
		ID: "KH003", Severity: Warning,
		Title:   "an accepted warning still occurs",
		Reason:  "A line that is left behind hides the warning when it comes back for another cause.",
		Hint:    "delete the line",
		Source:  "docs/rules.md",
		accepts: acceptStale,
	},
	{
		ID: "KH004", Severity: Error,
		Title:   "an accepted warning says why",
		Reason:  "Whoever changes the cluster next year has only the reason to judge by.",
		Hint:    "say in a few words why the cluster can live with it",
		Source:  "docs/rules.md",
		accepts: acceptReason,
	},
}

// checkAcceptance marks accepted warnings, then looks at the acceptances themselves.
func checkAcceptance(clusters []*topology.Cluster, f *found) {
	occurred := map[string]map[string]bool{} // by cluster, by id
	reasons := map[string]map[string]string{}
	for _, c := range clusters {
		occurred[c.Spec.Name] = map[string]bool{}
		reasons[c.Spec.Name] = c.Spec.Accept
	}
	for _, finding := range f.all {
		if finding.Severity != Warning || finding.Cluster == "" {
			continue
		}
		occurred[finding.Cluster][finding.ID] = true
		finding.Accepted = strings.TrimSpace(reasons[finding.Cluster][finding.ID])
	}
	for i := range f.table {
		if f.table[i].accepts == nil {
			continue
		}
		f.rule = &f.table[i]
		for _, c := range clusters {
			if len(c.Spec.Accept) > 0 {
				f.rule.accepts(c, occurred[c.Spec.Name], f)
			}
		}
	}
}

// ruleOf is nil where there is no such rule.
func (f *found) ruleOf(id string) *Rule {
	i := slices.IndexFunc(f.table, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &f.table[i]
}

func acceptedIDs(c *topology.Cluster) []string { return slices.Sorted(maps.Keys(c.Spec.Accept)) }

func acceptUnknown(c *topology.Cluster, _ map[string]bool, f *found) {
	for _, id := range acceptedIDs(c) {
		if f.ruleOf(id) == nil {
			f.add(c, field{"accept", id}, "no rule has the id %s", id)
		}
	}
}

func acceptError(c *topology.Cluster, _ map[string]bool, f *found) {
	for _, id := range acceptedIDs(c) {
		if rule := f.ruleOf(id); rule != nil && rule.Severity == Error {
			f.add(c, field{"accept", id}, "%s is an error (%s), and errors can't be accepted", id, rule.Title)
		}
	}
}

func acceptStale(c *topology.Cluster, occurred map[string]bool, f *found) {
	for _, id := range acceptedIDs(c) {
		if rule := f.ruleOf(id); rule != nil && rule.Severity == Warning && !occurred[id] {
			f.add(c, field{"accept", id}, "the warning %s (%s) does not occur", id, rule.Title)
		}
	}
}

func acceptReason(c *topology.Cluster, _ map[string]bool, f *found) {
	for _, id := range acceptedIDs(c) {
		if strings.TrimSpace(c.Spec.Accept[id]) == "" {
			f.add(c, field{"accept", id}, "%s is accepted without a reason", id)
		}
	}
}
