package rollout_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/rollout"
	"github.com/khagen/khagen/internal/tree"
)

// TestOrderOfDocumentA walks the move and its way back, and wants every other order of its decisive waves to break something.
func TestOrderOfDocumentA(t *testing.T) {
	one := stateOf(t, fileOf(t, "testdata/document-a/before.cue"))
	two := stateOf(t, fileOf(t, "testdata/document-a/after.cue"))
	for name, way := range map[string]struct {
		before, after *tree.Snapshot
		first, then   string // waves whose order matters
	}{
		"certificates before balancers' clients": {one, two, "certificates", "workers-1"},
		"API servers before balancers":           {one, two, "control-plane-join-k8s-master2", "load-balancer-lb-backup"},
		"balancers before nodes":                 {one, two, "load-balancer-lb-master", "workers-1"},
		"nodes before balancers end":             {two, one, "workers-2", "leave-lb-master"},
		"nodes before names go":                  {two, one, "workers-1", "old-names"},
	} {
		t.Run(name, func(t *testing.T) {
			waves := between(t, way.before, way.after).Waves
			if broken := newMemory().walk(way.before, way.after, waves); len(broken) > 0 {
				t.Fatalf("the plan breaks:\n%s", strings.Join(broken, "\n"))
			}
			i := slices.IndexFunc(waves, func(w rollout.Wave) bool { return w.ID == way.first })
			j := slices.IndexFunc(waves, func(w rollout.Wave) bool { return w.ID == way.then })
			if i < 0 || j < i {
				t.Fatalf("%s is wave %d, %s is wave %d", way.first, i, way.then, j)
			}
			moved := slices.Insert(slices.Delete(slices.Clone(waves), j, j+1), i, waves[j])
			if name == "balancers before nodes" { // the backup alone would do
				moved = slices.DeleteFunc(moved, func(w rollout.Wave) bool { return w.ID == "load-balancer-lb-backup" })
			}
			if name == "nodes before balancers end" {
				moved = slices.DeleteFunc(moved, func(w rollout.Wave) bool { return w.ID == "leave-lb-backup" })
				moved = slices.Insert(moved, i, *find(waves, "leave-lb-backup"))
			}
			if broken := newMemory().walk(way.before, way.after, moved); len(broken) == 0 {
				t.Errorf("%s before %s breaks nothing", way.then, way.first)
			}
		})
	}
}

func find(waves []rollout.Wave, id string) *rollout.Wave {
	for i := range waves {
		if waves[i].ID == id {
			return &waves[i]
		}
	}
	return nil
}

// variant is a small cluster of binaries, in the choices that matter to the order of a change.
type variant struct {
	planes   int    // control planes, the first three of which have members of etcd
	front    string // none, hosts or control-plane
	proxy    string
	endpoint string // first, vip or lb
	version  string
	flag     bool // one more flag of API servers and etcd
	swapped  bool // the priorities of balancers
	workers  int
	state    string // of the last control plane
}

func (v variant) String() string {
	return fmt.Sprintf("%d planes, %s %s at %s, %s, flag %t, swapped %t, %d workers, %s", v.planes, v.front, v.proxy, v.endpoint, v.version, v.flag, v.swapped, v.workers, v.state)
}

// definition writes a variant in CUE.
func (v variant) definition() string {
	var b strings.Builder
	fmt.Fprintf(&b, "package fleet\ncluster: {\n\tname: \"small\"\n\tavailability: tolerate: hosts: 0\n")
	fmt.Fprintf(&b, "\tkubernetes: {version: %q, install: \"binaries\", networking: podCIDRs: [\"10.244.0.0/16\"]", v.version)
	if v.flag {
		fmt.Fprint(&b, ", apiServer: extraArgs: \"default-not-ready-toleration-seconds\": \"60\"")
	}
	fmt.Fprint(&b, "}\n\tmachine: os: \"debian-12\"\n\tetcd: {topology: \"hosts\"")
	if v.flag {
		fmt.Fprint(&b, ", heartbeatInterval: \"200ms\", electionTimeout: \"2s\"")
	}
	fmt.Fprint(&b, "}\n")
	host, port := map[string]string{"first": "10.0.0.11", "vip": "10.0.0.100", "lb": "10.0.0.31"}[v.endpoint], 6443
	if v.front == "control-plane" && v.endpoint == "vip" {
		port = 8443
	}
	fmt.Fprintf(&b, "\tendpoint: {host: %q, port: %d}\n", host, port)
	if v.front == "none" {
		fmt.Fprint(&b, "\tloadBalancer: placement: \"none\"\n")
	} else {
		listen := map[string]string{"control-plane": ", port: 8443"}[v.front]
		fmt.Fprintf(&b, "\tloadBalancer: {placement: %q, proxy: %q%s}\n", v.front, v.proxy, listen)
	}
	if v.endpoint == "vip" {
		fmt.Fprint(&b, "\tvip: {address: \"10.0.0.100\", prefix: 24, keepalived: virtualRouterID: 7}\n")
	}
	fmt.Fprint(&b, "\thosts: {\n")
	for i := 1; i <= v.planes; i++ {
		state := ""
		if i == v.planes && v.state != "" {
			state = fmt.Sprintf(", state: %q", v.state)
		}
		nic := ""
		if v.front == "control-plane" {
			nic = ", interface: \"eth0\""
		}
		fmt.Fprintf(&b, "\t\tcp%d: {address: \"10.0.0.1%d\", roles: [\"control-plane\", \"worker\"]%s%s}\n", i, i, nic, state)
	}
	for i := 1; i <= 3; i++ {
		fmt.Fprintf(&b, "\t\tdb%d: {address: \"10.0.0.5%d\", roles: [\"etcd\"]}\n", i, i)
	}
	switch first, second := 100, 50; {
	case v.endpoint == "lb":
		fmt.Fprint(&b, "\t\tlb1: {address: \"10.0.0.31\", roles: [\"load-balancer\"]}\n")
	case v.front == "hosts":
		if v.swapped {
			first, second = second, first
		}
		fmt.Fprintf(&b, "\t\tlb1: {address: \"10.0.0.31\", roles: [\"load-balancer\"], interface: \"eth0\", vrrp: priority: %d}\n", first)
		fmt.Fprintf(&b, "\t\tlb2: {address: \"10.0.0.32\", roles: [\"load-balancer\"], interface: \"eth0\", vrrp: priority: %d}\n", second)
	}
	for i := 1; i <= v.workers; i++ {
		fmt.Fprintf(&b, "\t\tw%d: {address: \"10.0.0.2%d\", roles: [\"worker\"]}\n", i, i)
	}
	fmt.Fprint(&b, "\t}\n}\n")
	return b.String()
}

// variants are those that can be built.
func variants() []variant {
	var all []variant
	for _, planes := range []int{1, 2, 3} {
		for _, front := range []string{"none", "hosts", "control-plane"} {
			for _, endpoint := range []string{"first", "vip", "lb"} {
				if (front == "none") != (endpoint == "first") || endpoint == "lb" && front != "hosts" || front == "control-plane" && planes < 2 {
					continue
				}
				v := variant{planes: planes, front: front, proxy: "haproxy", endpoint: endpoint, version: "1.36.3", workers: 2}
				all = append(all, v)
				v.flag, v.workers = true, 3
				all = append(all, v)
				v.version, v.flag = "1.36.4", false
				all = append(all, v)
				if front == "hosts" {
					v.swapped, v.proxy = true, "nginx"
					all = append(all, v)
				}
				if planes == 3 && front != "none" {
					v.state = "leaving"
					all = append(all, v)
					v.state, v.version = "joining", "1.36.3"
					all = append(all, v)
				}
			}
		}
	}
	return all
}

// TestOrderOfVariants walks the plans between all pairs of small clusters: each breaks nothing, or is refused with a reason and a way.
func TestOrderOfVariants(t *testing.T) {
	all := variants()
	states := make([]*tree.Snapshot, len(all))
	for i, v := range all {
		states[i] = stateOf(t, v.definition())
	}
	m := newMemory()
	random := rand.New(rand.NewSource(1))
	planned, refused, shuffled, broke := 0, map[string]int{}, 0, 0
	for i, before := range states {
		for j, after := range states {
			if i == j || testing.Short() && (i+j)%5 > 0 {
				continue
			}
			p := between(t, before, after)
			if !p.Safe {
				for _, r := range p.Refused {
					refused[strings.Join(strings.Fields(r.What)[:2], " ")]++
					if r.Why == "" || len(r.Instead) == 0 {
						t.Errorf("%s → %s: refused without a way: %+v", all[i], all[j], r)
					}
				}
				continue
			}
			planned++
			if broken := m.walk(before, after, p.Waves); len(broken) > 0 {
				t.Errorf("%s →\n%s:\n%s", all[i], all[j], strings.Join(broken, "\n"))
				if t.Failed() && planned > 400 {
					t.FailNow()
				}
			}
			if len(p.Waves) > 3 {
				shuffled++
				waves := slices.Clone(p.Waves)
				random.Shuffle(len(waves), func(i, j int) { waves[i], waves[j] = waves[j], waves[i] })
				if len(m.walk(before, after, waves)) > 0 {
					broke++
				}
			}
		}
	}
	t.Logf("%d planned, refused %v; of %d shuffled plans %d break", planned, refused, shuffled, broke)
	if !testing.Short() && planned < 500 || broke*3 < shuffled {
		t.Error("too few plans, or the walk finds too little in shuffled ones")
	}
}

// TestEtcdJoinsOnHost lets a host that stays join etcd: alone it goes, and not while the endpoint moves.
func TestEtcdJoinsOnHost(t *testing.T) {
	one := variant{planes: 2, front: "none", endpoint: "first", version: "1.36.3", workers: 2}
	two := variant{planes: 2, front: "hosts", proxy: "haproxy", endpoint: "vip", version: "1.36.3", workers: 2}
	joins := func(v variant) string {
		return changed(t, v.definition(), `w1: {address: "10.0.0.21", roles: ["worker"]`, `w1: {address: "10.0.0.21", roles: ["worker", "etcd"], state: "joining"`)
	}
	before, after := stateOf(t, one.definition()), stateOf(t, joins(one))
	p := between(t, before, after)
	if broken := newMemory().walk(before, after, p.Waves); !p.Safe || len(broken) > 0 {
		t.Errorf("%s\n%s", p.Text(), strings.Join(broken, "\n"))
	}
	p = between(t, before, stateOf(t, joins(two)))
	if p.Safe || !strings.HasPrefix(p.Refused[0].What, "w1 joins etcd while the endpoint moves") {
		t.Errorf("%s", p.Text())
	}
	joined, moved := stateOf(t, joins(one)), stateOf(t, joins(two)) // the second step of the way
	if p := between(t, joined, moved); !p.Safe || len(newMemory().walk(joined, moved, p.Waves)) > 0 {
		t.Errorf("the second step: %s", p.Text())
	}
}
