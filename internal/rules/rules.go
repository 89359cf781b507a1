// Package rules finds what no single field can tell: contradictions between fields, hosts, clusters and versions. In
// come the derived clusters of a repository, out come findings with their place, what to do, and where that is
// known from. Nothing is read from disk.
package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// Severity of a rule.
type Severity string

// An error stops a build and can't be accepted. A warning can, in the definition, with a reason.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule is one row of the table. It has exactly one check.
type Rule struct {
	ID       string   // "KH012"; stable, never used for anything else again
	Severity Severity //
	Title    string   // what has to hold
	Reason   string   // what goes wrong where it doesn't
	Hint     string   // what to do where the finding has nothing more exact
	Source   string   // manual or upstream file that says so

	cluster func(*topology.Cluster, *found)
	fleet   func(Fleet, *found)
	accepts func(c *topology.Cluster, occurred map[string]bool, f *found)
}

// All rules, by id. The groups have a file each.
var All = byID(
	acceptRules,
	addressRules,
	auditRules,
	availabilityRules,
	balancerRules,
	bindRules,
	certificateRules,
	containerRules,
	crioRules,
	encryptionRules,
	endpointRules,
	etcdRules,
	extraConfigRules,
	familyRules,
	flagRules,
	folderRules,
	hostRules,
	kubeadmRules,
	kubeVIPRules,
	kubeadmEtcdRules,
	joinRules,
	machineRules,
	memberRules,
	networkRules,
	nginxRules,
	oidcRules,
	nodeLocalRules,
	portRules,
	programRules,
	proxyRules,
	registryRules,
	repositoryRules,
	secretRules,
	singleRules,
	stateRules,
	statsRules,
	unitRules,
	unusedRules,
	versionRules,
	vipRules,
	vrrpRules,
)

func byID(groups ...[]Rule) []Rule {
	return slices.SortedFunc(slices.Values(slices.Concat(groups...)), func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
}

// Fleet is all that rules can look at.
type Fleet struct {
	Clusters []*topology.Cluster
	Repo     Repo
}

// Repo is what rules need of the repository besides its clusters. The zero value is a repository without Git.
type Repo struct {
	Out    string            // the output folder as seen from the repository's root, slash-separated; empty where it lies elsewhere
	Ignore map[string][]byte // content of the .gitignore files, by their paths as seen from the root
}

// Finding is one place where a rule doesn't hold.
type Finding struct {
	ID       string          `json:"id"`
	Severity Severity        `json:"severity"`
	Cluster  string          `json:"cluster,omitempty"` // empty: the repository itself
	Pos      schema.Position `json:"pos"`               // zero where Accepted is set; see Place
	Path     string          `json:"path,omitempty"`    // "hosts.node1.address"
	Problem  string          `json:"problem"`
	Hint     string          `json:"hint,omitempty"`
	Source   string          `json:"source,omitempty"`
	Accepted string          `json:"accepted,omitempty"` // the definition's reason to live with it

	cluster *topology.Cluster
	at      field
}

// Check runs every rule over the clusters of a repository. Findings come by cluster, place and id.
func Check(clusters []*topology.Cluster, repo Repo) []Finding {
	fleet := Fleet{Clusters: clusters, Repo: repo}
	f := &found{table: All}
	for i := range f.table {
		f.rule = &f.table[i]
		switch {
		case f.rule.fleet != nil:
			f.rule.fleet(fleet, f)
		case f.rule.cluster != nil:
			for _, c := range clusters {
				f.rule.cluster(c, f)
			}
		}
	}
	checkAcceptance(clusters, f)
	findings := make([]Finding, len(f.all))
	for i, finding := range f.all {
		findings[i] = finding.placed()
	}
	slices.SortStableFunc(findings, compare)
	return findings
}

// compare puts the repository's own findings first, then each cluster's in the order of its files.
func compare(a, b Finding) int {
	return cmp.Or(
		topology.CompareNatural(a.Cluster, b.Cluster),
		cmp.Compare(a.Pos.File, b.Pos.File),
		cmp.Compare(a.Pos.Line, b.Pos.Line),
		cmp.Compare(a.Pos.Col, b.Pos.Col),
		cmp.Compare(a.ID, b.ID),
		topology.CompareNatural(a.Path, b.Path),
		cmp.Compare(a.Problem, b.Problem),
	)
}

// found collects what the checks see.
type found struct {
	table []Rule
	rule  *Rule // whose check is running
	all   []*Finding
}

// add notes a problem of a cluster, with the hint of its rule.
func (f *found) add(c *topology.Cluster, at field, format string, args ...any) *Finding {
	finding := &Finding{
		ID:       f.rule.ID,
		Severity: f.rule.Severity,
		Path:     at.String(),
		Problem:  fmt.Sprintf(format, args...),
		Hint:     f.rule.Hint,
		Source:   f.rule.Source,
	}
	if c != nil {
		finding.Cluster, finding.cluster, finding.at = c.Spec.Name, c, at
	}
	f.all = append(f.all, finding)
	return finding
}

// placed fills in the position, unless the finding is accepted: looking one up evaluates the definition again.
func (f *Finding) placed() Finding {
	placed := *f
	if f.Accepted == "" {
		placed.Pos = f.Place()
		placed.cluster, placed.at = nil, nil
	}
	return placed
}

// Place is where the finding is, also where it is accepted. For an accepted one it evaluates the definition again, once for
// all that ask; the zero value is no place.
func (f *Finding) Place() schema.Position {
	if f.cluster == nil {
		return f.Pos
	}
	return f.cluster.Spec.Position(f.at.steps()...)
}

// mend replaces the rule's hint by one that knows the values.
func (f *Finding) mend(format string, args ...any) {
	f.Hint = fmt.Sprintf(format, args...)
}

// names lists hosts for a message.
func names(hosts []*topology.Host) string {
	all := make([]string, len(hosts))
	for i, h := range hosts {
		all[i] = h.Name
	}
	return list(all)
}

// list joins for a message, and cuts what nobody would read.
func list(all []string) string {
	const most = 8
	if len(all) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
	}
	return strings.Join(all, ", ")
}

// count gives "1 host", "2 hosts".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// short writes a duration as definitions do.
func short(d time.Duration) string { return schema.Duration(d).String() }
