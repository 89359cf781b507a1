// Package review says in the words of the system what the change from one tree to another means: in come two snapshots of a
// cluster and the plan between them, out go a Review with its grade of risk, and its forms for terminals, pull requests and
// machines.
package review

import (
	"cmp"
	"slices"

	"github.com/khagen/khagen/internal/tree"
)

// Review is what a change means to one cluster. Hosts are always in natural order, and lists never nil.
type Review struct {
	Cluster      string        `json:"cluster"`
	Grade        Grade         `json:"grade"`
	Reasons      []Reason      `json:"reasons"`      // worst first
	Touches      []string      `json:"touches"`      // the names of Touches that hold
	Moves        []Move        `json:"moves"`        // what the cluster's hosts have in common
	Hosts        []HostChange  `json:"hosts"`        // hosts that come, go or are others than before
	Units        []UnitChange  `json:"units"`        // worst first
	Certificates []Certificate `json:"certificates"` // those with other names
	Commands     []Command     `json:"commands"`     // what no delivered file does by itself, in order
	Packages     []Versioned   `json:"packages"`     // of hosts that were there and stay, as all below
	Programs     []Versioned   `json:"programs"`     //
	Files        []FileChange  `json:"files"`        // in the order of their paths
	Objects      []FileChange  `json:"objects"`      // Kubernetes objects of the whole cluster, which have to be applied
	Notes        []string      `json:"notes"`        // what a reader has to know of this review

	Left []tree.Left `json:"-"` // what stays on hosts
}

// Reason is why a change has its grade.
type Reason struct {
	ID    string   `json:"id"` // of the row in Risks
	Grade Grade    `json:"grade"`
	Text  string   `json:"text"`
	Hosts []string `json:"hosts,omitempty"`
}

// Move is something that a cluster has one of.
type Move struct {
	What string `json:"what"`
	From string `json:"from"` // empty where there was none, as To
	To   string `json:"to"`
}

// HostChange says the same of some hosts.
type HostChange struct {
	Text  string   `json:"text"`
	Hosts []string `json:"hosts"`
}

// UnitChange is what happens to a systemd unit or to a static pod.
type UnitChange struct {
	Unit    string   `json:"unit"`
	Verb    string   `json:"verb"` // restart, try-restart, reload, signal, start; or what is run once: sysctl, modules, sysusers
	Hosts   []string `json:"hosts"`
	Because []string `json:"because"` // paths, packages, or the command that does it
}

// Certificate is one whose names change on some hosts.
type Certificate struct {
	Path   string   `json:"path"`
	Issuer string   `json:"issuer"` // kubeadm or khagen pki
	Hosts  []string `json:"hosts"`
	New    bool     `json:"new,omitempty"` // the hosts had none
	Gains  []string `json:"gains,omitempty"`
	Loses  []string `json:"loses,omitempty"`
	Do     string   `json:"do"` // how it is issued again
}

// Command is one that somebody has to run.
type Command struct {
	Run   string   `json:"run"`
	Hosts []string `json:"hosts"`         // on each of them, one after the other; where there are none, in the repository
	Once  bool     `json:"once"`          // on one of them
	Why   string   `json:"why,omitempty"` //
}

// Versioned is a package or program that changes.
type Versioned struct {
	Name  string   `json:"name"` // of the package, or the program's path
	From  string   `json:"from"` // empty where it is new; any version: "any"
	To    string   `json:"to"`   // empty where it goes
	Hosts []string `json:"hosts"`
}

// FileChange is what happens to a file of some hosts.
type FileChange struct {
	Path  string   `json:"path"` // on the host; of objects below out/<cluster>
	Op    tree.Op  `json:"op"`   // mode: its mode or owner alone
	Hosts []string `json:"hosts,omitempty"`
	Note  string   `json:"note,omitempty"` // what comes of it
}

// Of reviews a plan that was neither staged nor committed.
func Of(p *tree.Plan) (*Review, error) {
	f, err := gather(p)
	if err != nil {
		return nil, err
	}
	r := f.review
	f.moves()
	f.hosts()
	f.certificates()
	f.commands()
	r.Units = f.units()
	r.Files, r.Objects = f.files()
	r.Packages, r.Programs = f.versions()
	r.Left = f.left
	f.grade()
	return r, nil
}

// Sort puts the worst first.
func Sort(reviews []*Review) {
	slices.SortStableFunc(reviews, func(a, b *Review) int {
		return cmp.Or(cmp.Compare(b.Grade, a.Grade), tree.CompareNames(a.Cluster, b.Cluster))
	})
}

// grouped gathers the hosts that have the same key, keys in the order in which they come.
type grouped[K comparable] struct {
	keys  []K
	hosts map[K][]string
}

func (g *grouped[K]) add(key K, host string) {
	if g.hosts == nil {
		g.hosts = map[K][]string{}
	}
	if g.hosts[key] == nil {
		g.keys = append(g.keys, key)
	}
	if list := g.hosts[key]; !slices.Contains(list, host) {
		g.hosts[key] = append(list, host)
	}
}

// each gives the keys with their hosts.
func (g *grouped[K]) each(do func(key K, hosts []string)) {
	for _, key := range g.keys {
		do(key, natural(g.hosts[key]))
	}
}

// natural gives names in natural order, each once.
func natural(names []string) []string {
	return slices.Compact(slices.SortedFunc(slices.Values(names), tree.CompareNames))
}
