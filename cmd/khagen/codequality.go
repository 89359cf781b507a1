package main

import (
	"cmp"
	"io"
)

// codeQuality is one finding as GitLab reads it: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
type codeQuality struct {
	Description string              `json:"description"`
	CheckName   string              `json:"check_name"`
	Fingerprint string              `json:"fingerprint"`
	Severity    string              `json:"severity"`
	Location    codeQualityLocation `json:"location"`
}

type codeQualityLocation struct {
	Path  string           `json:"path"`
	Lines codeQualityLines `json:"lines"`
}

type codeQualityLines struct {
	Begin int `json:"begin"`
}

// writeCodeQuality writes problems for GitLab's merge requests. Every finding needs a place there: one without has the definitions'
// folder.
func writeCodeQuality(w io.Writer, problems []problem) error {
	findings := []codeQuality{}
	for _, s := range shared(problems) {
		severity := "minor"
		if s.fails() {
			severity = "critical"
		}
		if s.Accepted != "" {
			severity = "info"
		}
		findings = append(findings, codeQuality{
			Description: s.message(),
			CheckName:   cmp.Or(s.ID, mistakeID),
			Fingerprint: s.fingerprint(),
			Severity:    severity,
			Location:    codeQualityLocation{fromRoot(cmp.Or(s.File, overlays)), codeQualityLines{max(s.Line, 1)}},
		})
	}
	return writeJSON(w, findings)
}
