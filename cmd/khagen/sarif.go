package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/schema"
)

// The parts of SARIF 2.1.0 that findings need, in the standard's words and order:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string      `json:"id"`
		ShortDescription     sarifText   `json:"shortDescription"`
		FullDescription      sarifText   `json:"fullDescription"`
		DefaultConfiguration sarifConfig `json:"defaultConfiguration"`
		HelpURI              string      `json:"helpUri"`
		Help                 sarifText   `json:"help"`
	}
	sarifConfig struct {
		Level rules.Severity `json:"level"` // SARIF has the same words
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID              string            `json:"ruleId"`
		RuleIndex           int               `json:"ruleIndex"`
		Level               rules.Severity    `json:"level"`
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Suppressions        *[]sarifAccepted  `json:"suppressions,omitempty"` // of all results of a run or of none
	}
	sarifLocation struct {
		Physical *sarifPlace    `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPlace struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
	sarifAccepted struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	homepage    = "https://github.com/khagen/khagen"
	mistakeID   = "definition" // stands for a rule where a definition can't be understood
)

// writeSARIF writes problems for programs that show findings beside the lines they concern, such as GitHub's code scanning.
func writeSARIF(w io.Writer, problems []problem, accepted bool) error {
	run := sarifRun{
		Tool:    sarifTool{sarifDriver{Name: "khagen", Version: thisBuild().Version, InformationURI: homepage, Rules: []sarifRule{}}},
		Results: []sarifResult{},
	}
	indexes := map[string]int{}
	for _, s := range shared(problems) {
		rule := ruleFor(&s.problem)
		index, known := indexes[rule.ID]
		if !known {
			index = len(run.Tool.Driver.Rules)
			indexes[rule.ID] = index
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		result := s.sarif(rule.ID, index)
		if accepted {
			result.Suppressions = &[]sarifAccepted{}
			if s.Accepted != "" {
				result.Suppressions = &[]sarifAccepted{{"inSource", s.Accepted}}
			}
		}
		run.Results = append(run.Results, result)
	}
	return writeJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// ruleFor describes the rule that found a problem.
func ruleFor(p *problem) sarifRule {
	i := slices.IndexFunc(rules.All, func(r rules.Rule) bool { return r.ID == p.ID })
	if i < 0 {
		return sarifRule{
			ID:                   mistakeID,
			ShortDescription:     sarifText{Text: "A definition says what khagen understands"},
			FullDescription:      sarifText{Text: "Of a definition that khagen doesn't understand nothing is rendered."},
			DefaultConfiguration: sarifConfig{rules.Error},
			HelpURI:              homepage + "/blob/" + docsVersion() + "/docs/reference.md",
			Help:                 sarifText{Text: "See docs/reference.md, or khagen explain FIELD.", Markdown: "See `khagen explain FIELD`."},
		}
	}
	r := rules.All[i]
	return sarifRule{
		ID:                   r.ID,
		ShortDescription:     sarifText{Text: sentence(r.Title)},
		FullDescription:      sarifText{Text: r.Reason},
		DefaultConfiguration: sarifConfig{r.Severity},
		HelpURI:              homepage + "/blob/" + docsVersion() + "/docs/rules.md#" + strings.ToLower(r.ID),
		Help: sarifText{
			Text:     r.Reason + "\nWhat to do: " + r.Hint + ".\nSource: " + r.Source,
			Markdown: r.Reason + "\n\n**What to do**: " + r.Hint + ".\n\nSource: " + r.Source,
		},
	}
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// docsVersion is where the documentation of this khagen stands.
func docsVersion() string {
	if version := release(thisBuild().Version); version != "latest" {
		return version
	}
	return "main"
}

// sharedProblem is a problem that several clusters have from a file that they share.
type sharedProblem struct {
	problem           // without a cluster
	clusters []string // in the order of their problems
}

// shared puts equal problems of several clusters together.
func shared(problems []problem) []sharedProblem {
	indexes := map[problem]int{}
	var all []sharedProblem
	for _, p := range problems {
		cluster := p.Cluster
		p.Cluster = ""
		i, known := indexes[p]
		if !known {
			i = len(all)
			indexes[p] = i
			all = append(all, sharedProblem{problem: p})
		}
		all[i].clusters = append(all[i].clusters, cluster)
	}
	return all
}

// message is the problem without its place, which stands beside it.
func (s *sharedProblem) message() string {
	text := s.Problem
	if s.Path != "" {
		text = s.Path + ": " + text
	}
	if len(s.clusters) > 1 {
		text += " (" + schema.Some(s.clusters) + ")"
	}
	if s.Hint != "" {
		text += "\n" + s.Hint
	}
	return text
}

// fingerprint stays the same while lines above come and go.
func (s *sharedProblem) fingerprint() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{s.ID, fromRoot(s.File), s.Path, s.Problem}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

func (s *sharedProblem) sarif(rule string, index int) sarifResult {
	result := sarifResult{
		RuleID: rule, RuleIndex: index, Level: s.Severity,
		Message:             sarifText{Text: s.message()},
		Locations:           []sarifLocation{},
		PartialFingerprints: map[string]string{"khagen/v1": s.fingerprint()},
	}
	var place sarifLocation
	if s.File != "" {
		uri := url.URL{Path: fromRoot(s.File)}
		place.Physical = &sarifPlace{Artifact: sarifArtifact{uri.String(), "%SRCROOT%"}}
		if s.Line > 0 {
			place.Physical.Region = &sarifRegion{s.Line, s.Column}
		}
	}
	for _, cluster := range s.clusters {
		if name := strings.Trim(cluster+"."+s.Path, "."); name != "" {
			place.Logical = append(place.Logical, sarifLogical{name})
		}
	}
	if place.Physical != nil || place.Logical != nil {
		result.Locations = append(result.Locations, place)
	}
	return result
}

// fromRoot gives a file's path as seen from the root of the Git repository, or from here where there is none; slash-separated.
func fromRoot(file string) string {
	if root, known := gitRoot(); known && file != "" && !filepath.IsAbs(file) {
		if here, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(root, filepath.Join(here, file)); err == nil && filepath.IsLocal(rel) {
				file = rel
			}
		}
	}
	return filepath.ToSlash(file)
}
