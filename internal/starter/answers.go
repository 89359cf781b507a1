package starter

import (
	"path"
	"strings"

	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// Answers say what a new cluster is to be, each as somebody types it. An empty one is not answered.
type Answers struct {
	Folder string // below overlays/; its last part is the cluster's name
	// Others are the clusters that the repository has already: what is suggested keeps away from their addresses and VRRP ids.
	Others []*schema.Cluster

	network, controlPlanes, workers string
	loadBalancer, balancers, proxy  string
	vip, networkInterface, routerID string
	endpoint                        string
	podNetworks                     string
	kubernetes, install, os         string
}

// NAME stands for the argument among the flags.
const NAME = "NAME"

// Name is that of the cluster.
func (a *Answers) Name() string { return path.Base(a.Folder) }

// Question is one that has to be answered before there can be a cluster: by a flag, or on a terminal.
type Question struct {
	Flag  string // its name without dashes; NAME for the argument
	Usage string // the flag's help, with the `VALUE`
	Ask   string // the words on a terminal

	answer  func(*Answers) *string
	suggest func(*Answers) string
	needed  func(*Answers) bool // nil: always
	safe    bool                // the suggestion fits everybody
	open    func(*Answers) bool // no answer is an answer; nil: never
	field   string              // of the schema, where that counts what is allowed
}

// Answer is where the answer stands.
func (q *Question) Answer(a *Answers) *string { return q.answer(a) }

// Choices are the answers that the schema allows, where they can be counted.
func (q *Question) Choices() []string {
	if q.field == "" {
		return nil
	}
	field, err := schema.Explain(q.field)
	if err != nil {
		panic("starter: " + err.Error())
	}
	return strings.Split(strings.Trim(field.Allowed, `"`), `", "`)
}

// isNeeded says whether the answers so far leave the question open.
func (q *Question) isNeeded(a *Answers) bool { return q.needed == nil || q.needed(a) }

// Questions in the order in which they are asked: what a suggestion is made from comes first.
func Questions() []Question {
	return []Question{
		{
			Flag: NAME, Ask: "Name of the cluster",
			answer: func(a *Answers) *string { return &a.Folder }, suggest: func(*Answers) string { return "example" }, safe: true,
		},
		{
			Flag: "network", Usage: "`NETWORK` that the hosts live in, such as 10.20.0.0/24", Ask: "Network that the hosts live in",
			answer: func(a *Answers) *string { return &a.network }, suggest: (*Answers).freeNetwork,
			open: func(a *Answers) bool { return a.vip == "" },
		},
		{
			Flag: "control-planes", Usage: "`HOSTS`, as addresses or NAME=ADDRESS, with commas", Ask: "Control planes, as addresses or NAME=ADDRESS",
			answer: func(a *Answers) *string { return &a.controlPlanes }, suggest: func(a *Answers) string { return a.addresses(11, 3) },
		},
		{
			Flag: "workers", Usage: "`HOSTS`, likewise", Ask: "Workers, or - for none",
			answer: func(a *Answers) *string { return &a.workers }, suggest: func(a *Answers) string { return a.addresses(21, 1) },
			open: func(*Answers) bool { return true },
		},
		{
			Flag: "load-balancer", Usage: "`PLACE` of the load balancer, see khagen explain loadBalancer.placement", Ask: "Where the load balancer in front of the API servers runs",
			answer: func(a *Answers) *string { return &a.loadBalancer }, suggest: (*Answers).placement, safe: true, field: "loadBalancer.placement",
		},
		{
			Flag: "balancers", Usage: "`HOSTS` of the load balancer, where it has some of its own", Ask: "Hosts of the load balancer",
			answer: func(a *Answers) *string { return &a.balancers }, suggest: func(a *Answers) string { return a.addresses(5, 2) },
			needed: (*Answers).hasBalancerHosts,
		},
		{
			Flag: "proxy", Usage: "`PROGRAM` that balances: haproxy (default) or nginx", Ask: "Program that balances",
			answer: func(a *Answers) *string { return &a.proxy }, suggest: func(*Answers) string { return "haproxy" }, safe: true,
			needed: (*Answers).balances, field: "loadBalancer.proxy",
		},
		{
			Flag: "vip", Usage: "virtual `ADDRESS` that keepalived moves between hosts", Ask: "Virtual address that keepalived moves between these hosts",
			answer: func(a *Answers) *string { return &a.vip }, suggest: func(a *Answers) string { return a.addresses(100, 1) },
			needed: (*Answers).movesAddress,
		},
		{
			Flag: "interface", Usage: "`INTERFACE` of the hosts that carry the virtual address", Ask: "Their network interface",
			answer: func(a *Answers) *string { return &a.networkInterface }, suggest: func(*Answers) string { return "eth0" },
			needed: (*Answers).movesAddress,
		},
		{
			Flag: "virtual-router-id", Usage: "VRRP's `ID`, 1 to 255 (default: the end of the virtual address)", Ask: "VRRP id, which no other group on that network has",
			answer: func(a *Answers) *string { return &a.routerID }, suggest: (*Answers).freeRouterID, safe: true,
			needed: (*Answers).movesAddress,
		},
		{
			Flag: "endpoint", Usage: "`NAME:PORT` that kubelets and clients connect to, best a DNS name", Ask: "Name and port that kubelets and clients connect to",
			answer: func(a *Answers) *string { return &a.endpoint }, suggest: func(a *Answers) string { return "api." + a.Name() + ".internal:" + a.port() },
		},
		{
			Flag: "pod-network", Usage: "`NETWORK` of the pods, as the CNI has it (default 10.244.0.0/16)", Ask: "Network of the pods, as the CNI has it",
			answer: func(a *Answers) *string { return &a.podNetworks }, suggest: (*Answers).podNetwork, safe: true,
		},
		{
			Flag: "install", Usage: "`WAY` that Kubernetes gets on the hosts: kubeadm (default) or binaries", Ask: "Way that Kubernetes gets on the hosts",
			answer: func(a *Answers) *string { return &a.install }, suggest: func(*Answers) string { return "kubeadm" }, safe: true,
			field: "kubernetes.install",
		},
		{
			Flag: "kubernetes", Usage: "`VERSION` of Kubernetes (default " + upstream.NewestKubernetes().String() + ")", Ask: "Version of Kubernetes",
			answer: func(a *Answers) *string { return &a.kubernetes }, suggest: func(*Answers) string { return upstream.NewestKubernetes().String() }, safe: true,
		},
		{
			Flag: "os", Usage: "operating `SYSTEM` of the hosts, see khagen explain machine.os", Ask: "Operating system of the hosts",
			answer: func(a *Answers) *string { return &a.os }, suggest: func(*Answers) string { return "debian-13" }, field: "machine.os",
		},
	}
}

// FillIn answers what is open with what is suggested.
func (a *Answers) FillIn() {
	for _, q := range Questions() {
		if answer := q.answer(a); *answer == "" && q.isNeeded(a) {
			*answer = q.suggest(a)
		}
	}
}

// Complete answers what is open where there is an answer for everybody. It gives what is missing, and what has no use.
func (a *Answers) Complete() (mistakes []Mistake) {
	if a.loadBalancer == "" && a.balancers == "" && a.vip == "" {
		a.loadBalancer = "external"
	}
	for _, q := range Questions() {
		switch answer := q.answer(a); {
		case *answer != "" && !q.isNeeded(a):
			mistakes = append(mistakes, Mistake{q.Flag, "it has no use with --load-balancer " + a.loadBalancer})
		case *answer != "" || q.open != nil && q.open(a) || !q.isNeeded(a):
		case q.safe:
			*answer = q.suggest(a)
		default:
			mistakes = append(mistakes, Mistake{q.Flag, "missing: " + strings.ReplaceAll(q.Usage, "`", "")})
		}
	}
	return mistakes
}

// IsEmpty says whether nothing is answered but the name.
func (a *Answers) IsEmpty() bool {
	for _, q := range Questions() {
		if *q.answer(a) != "" && q.Flag != NAME {
			return false
		}
	}
	return true
}

// placement is where the balancer has to be for the other answers to make sense.
func (a *Answers) placement() string {
	if a.balancers != "" {
		return "hosts"
	}
	return "control-plane"
}

func (a *Answers) hasBalancerHosts() bool { return a.loadBalancer == "hosts" }

// balances says whether khagen's own balancer runs somewhere.
func (a *Answers) balances() bool { return a.loadBalancer != "external" && a.loadBalancer != "none" }

// movesAddress says whether hosts share a virtual address.
func (a *Answers) movesAddress() bool {
	return a.loadBalancer != "external" && a.loadBalancer != "node-local"
}

// port is the endpoint's usual one: beside an API server's 6443 a balancer needs another.
func (a *Answers) port() string {
	if a.loadBalancer == "control-plane" {
		return "8443"
	}
	return "6443"
}
