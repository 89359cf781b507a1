// Package rollout orders a change: in come two snapshots of a cluster and the plan between them, out go the waves in which
// hosts take it without losing the API or etcd's quorum, or the reason why no order is safe.
package rollout

import (
	"github.com/khagen/khagen/internal/tree"
)

// Plan is the way of one cluster from one tree to another.
type Plan struct {
	Cluster string    `json:"cluster"`
	Safe    bool      `json:"safe"`           // false: something is refused, and there are no waves
	Tree    string    `json:"tree"`           // tree.Snapshot.Sum of the new tree: the plan is good for no other
	Note    string    `json:"note,omitempty"` // why there are no waves, where nothing is refused
	Refused []Refusal `json:"refused"`
	Waves   []Wave    `json:"waves"`
}

// Refusal is a change that no order of waves makes safe.
type Refusal struct {
	What    string   `json:"what"`
	Why     string   `json:"why"`
	Instead []string `json:"instead"` // the way to do it, step by step
}

// Wave is what some hosts do before anything of the next one begins.
type Wave struct {
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Why      string       `json:"why"`
	Hosts    []string     `json:"hosts"` // in the order in which they go
	Batch    int          `json:"batch"` // how many of them at a time
	Phases   []tree.Phase `json:"phases"`
	PKI      bool         `json:"pki"`      // certificates and keys of khagen pki are brought too
	Programs bool         `json:"programs"` // so are the programs of the phases
	Before   []Step       `json:"before"`   // what has to hold: each command does nothing, or makes it so, and fails where it doesn't hold
	Steps    []Step       `json:"steps"`    // beyond delivering, after it
	After    []Step       `json:"after"`    // what to check
	Back     []Step       `json:"back"`     // how to go back from here
}

// Step is something to do or to check.
type Step struct {
	Text   string `json:"text"`
	Run    string `json:"run"`    // a shell command, as root on hosts; empty where none can say it
	On     string `json:"on"`     // host: each host of the wave; controller: in the repository; else the name of a host
	Manual bool   `json:"manual"` // it takes a human
}

// Where steps are done.
const (
	onHost       = "host"
	onController = "controller"
)

// Empty tells whether there is nothing to do and nothing to say.
func (p *Plan) Empty() bool { return p.Safe && p.Note == "" && len(p.Waves) == 0 }

// Of plans the way that a tree's plan goes. It can be called until that is committed.
func Of(p *tree.Plan) (*Plan, error) {
	before, err := p.Before()
	if err != nil {
		return nil, err
	}
	after, err := p.After()
	if err != nil {
		return nil, err
	}
	return Between(before, after)
}

// Between plans the way from one state of a cluster to another.
func Between(before, after *tree.Snapshot) (*Plan, error) {
	sum, err := after.Sum()
	if err != nil {
		return nil, err
	}
	p := &Plan{Cluster: after.Name, Safe: true, Tree: sum, Refused: []Refusal{}, Waves: []Wave{}}
	if before.Cluster == nil && after.Cluster == nil {
		return p, nil
	}
	if p.Note = noWay(before, after); p.Note != "" {
		return p, nil
	}
	if r, ok := blind(before); ok {
		p.Safe, p.Refused = false, []Refusal{r}
		return p, nil
	}
	c, err := newChange(before, after)
	if err != nil {
		return nil, err
	}
	if p.Refused = c.refusals(); len(p.Refused) > 0 {
		p.Safe = false
		return p, nil
	}
	p.Waves = c.waves()
	return p, c.err
}

// noWay says why a change of a whole cluster has no waves.
func noWay(before, after *tree.Snapshot) string {
	switch {
	case before.Cluster == nil:
		return "The old tree has no such cluster, so it is taken to be new. If hosts run it already, this is no plan for them: name the tree " +
			"that they have by --against. Else its first delivery follows \"From hosts to a cluster\" in out/" + after.Name +
			"/README.md, or ansible/site.yml beside it."
	case after.Cluster == nil:
		return "The new tree no longer has the cluster, and its hosts keep what they have. khagen diff names it."
	}
	return ""
}

// blind refuses to order what an old tree doesn't tell.
func blind(before *tree.Snapshot) (Refusal, bool) {
	t := before.Cluster.Topology
	if t != nil && t.Networks != nil && t.Etcd != nil && t.Balancer != nil && len(before.Cluster.Members) > 0 {
		return Refusal{}, false
	}
	return Refusal{
		What: "the old tree doesn't say what the cluster is",
		Why:  "an older khagen made it: its manifests lack the topology, so that nothing tells who holds the VIP, or where etcd runs",
		Instead: []string{
			"render the old definition with this khagen: khagen plan --against REV --render",
			"or build once without another change, commit that, and plan the next one against it",
		},
	}, true
}
