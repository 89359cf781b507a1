package salt_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// step is one state of an orchestration: what it brings to whom, after what, and whether a host that doesn't answer fails it.
type step struct {
	id            string
	hosts, states []string
	after         []string // what has to succeed before
	expects       bool
}

func texts(list any) []string {
	var all []string
	many, _ := list.([]any)
	for _, one := range many {
		all = append(all, fmt.Sprint(one))
	}
	return all
}

// steps reads an orchestration. Salt's own batches would say nothing of a minion that doesn't answer, so nobody has one.
func steps(t *testing.T, c *cluster, name string, pillar map[string]any) []step {
	t.Helper()
	var all []step
	for _, s := range rendered(t, c.job("master_master", pillar, name)) {
		if s.Function != "salt.state" || s.text("tgt_type") != "list" || s.text("saltenv") != c.state.Name || s.Args["batch"] != nil {
			t.Errorf("%s is %s, %v", s.ID, s.Function, s.Args)
		}
		expects, _ := s.Args["expect_minions"].(bool)
		all = append(all, step{s.key(), texts(s.Args["tgt"]), texts(s.Args["sls"]), s.requisites("require"), expects})
	}
	return all
}

// run is what Salt makes of an orchestration: it goes on after a failure, but for what requires what failed. It gives what was brought
// to hosts, as "host state", in this order, and whether anything failed. Of a host that is silent Salt learns only where it expects
// an answer, or asks nobody else; broken is what fails, as "host state".
func run(all []step, silent, broken string) (brought []string, failed bool) {
	bad := map[string]bool{}
	for _, s := range all {
		if slices.ContainsFunc(s.after, func(id string) bool { return bad[id] }) {
			bad[s.id] = true
			continue
		}
		for _, h := range s.hosts {
			if h == silent {
				bad[s.id] = bad[s.id] || s.expects
				continue
			}
			for _, sls := range s.states {
				brought = append(brought, h+" "+sls)
				bad[s.id] = bad[s.id] || h+" "+sls == broken
			}
		}
		failed = failed || bad[s.id]
	}
	return brought, failed
}

// TestFailures: a worker that is silent, or fails, stops no other host, and the run fails; whatever fails on another host stops what
// comes after it. A worker that answers and lacks a secret stops all before anything changes, like any other host that isn't there.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, c := range clusters(t) {
		t.Run(c.state.Name, func(t *testing.T) {
			for _, name := range []string{"khagen.orch.deliver", "khagen.orch.bootstrap"} {
				if name == "khagen.orch.bootstrap" && c.state.Cluster.Topology.Install != "kubeadm" {
					continue
				}
				failures(t, c, steps(t, c, name, map[string]any{"khagen_worker_batch": 2}))
			}
		})
	}
}

func failures(t *testing.T, c *cluster, all []step) {
	t.Helper()
	whole, failed := run(all, "", "")
	if failed {
		t.Fatal("fails by itself")
	}
	for _, m := range c.state.Hosts {
		if !slices.ContainsFunc(all, func(s step) bool { return slices.Contains(s.hosts, m.Host) }) {
			continue // balancers have nothing to do with kubeadm
		}
		without := slices.DeleteFunc(slices.Clone(whole), func(one string) bool { return strings.HasPrefix(one, m.Host+" ") })
		got, failed := run(all, m.Host, "")
		if !failed {
			t.Errorf("nobody hears that %s is silent", m.Host)
		}
		if worker := slices.Equal(m.Roles, []string{"worker"}); worker && !slices.Equal(got, without) {
			t.Errorf("without %s come %q, want %q", m.Host, got, without)
		} else if !worker && slices.ContainsFunc(got, func(one string) bool { return !strings.HasSuffix(one, " khagen.preflight") }) &&
			slices.Contains(whole, m.Host+" khagen.preflight") {
			t.Errorf("something changes though %s is silent: %q", m.Host, got)
		}
		for i, broken := range whole {
			if !strings.HasPrefix(broken, m.Host+" ") {
				continue
			}
			got, failed := run(all, "", broken)
			if !failed {
				t.Errorf("nobody hears that %s fails", broken)
			}
			stops := !slices.Equal(m.Roles, []string{"worker"}) || strings.HasSuffix(broken, " khagen.preflight")
			if stops && len(got) > i+len(together(all, broken)) || !stops && !slices.Equal(got, whole) {
				t.Errorf("where %s fails come %q", broken, got)
			}
		}
	}
}

// together are the hosts of the step that brings something.
func together(all []step, brought string) []string {
	host, sls, _ := strings.Cut(brought, " ")
	return all[slices.IndexFunc(all, func(s step) bool { return slices.Contains(s.hosts, host) && slices.Contains(s.states, sls) })].hosts
}

// TestDeliver: everything is asked before anything changes; etcd, balancers, control planes and workers follow in this order, what
// the others rely on host by host, whoever holds the virtual address last.
func TestDeliver(t *testing.T) {
	t.Parallel()
	for _, c := range clusters(t) {
		t.Run(c.state.Name, func(t *testing.T) {
			all := steps(t, c, "khagen.orch.deliver", nil)
			asked := 0
			for ; slices.Equal(all[asked].states, []string{"khagen.preflight"}); asked++ {
			}
			if whole, _ := run(all[:asked], "", ""); len(whole) != len(c.state.Hosts) {
				t.Errorf("asks %q before anything changes", whole)
			}
			rank, brought := 0, map[string]bool{}
			order := append(allPhases(), "khagen.etcd_ready")
			for _, s := range all[asked:] {
				if slices.Equal(s.states, allPhases()) {
					rank = len(order)
				} else if slices.Equal(s.states, []string{"khagen.etcd_ready"}) {
					rank = max(rank, 1)
				} else if at := slices.Index(order, s.states[0]); len(s.states) != 1 || len(s.hosts) != 1 || at < rank {
					t.Errorf("%v on %v comes late, or on several hosts", s.states, s.hosts)
				} else {
					rank = at
				}
				for _, h := range s.hosts {
					for _, sls := range s.states {
						brought[h+" "+sls] = true
					}
				}
			}
			for _, m := range c.state.Hosts {
				for _, f := range m.Files {
					if !brought[m.Host+" "+phases[f.Phase]] {
						t.Errorf("nothing brings %s to %s", phases[f.Phase], m.Host)
					}
				}
			}
			holderLast(t, c, all)
		})
	}
}

// holderLast wants priorities to rise from step to step of a phase.
func holderLast(t *testing.T, c *cluster, all []step) {
	t.Helper()
	priority := map[string]int{}
	for _, m := range c.state.Cluster.Members {
		priority[m.Name] = m.Priority
	}
	last := map[string]int{}
	for _, s := range all {
		if len(s.hosts) == 1 && priority[s.hosts[0]] > 0 && len(s.states) == 1 {
			if priority[s.hosts[0]] < last[s.states[0]] {
				t.Errorf("%v comes to %s after one of a higher priority", s.states, s.hosts[0])
			}
			last[s.states[0]] = priority[s.hosts[0]]
		}
	}
}

// TestBootstrap: one control plane at a time, beginning with the host that runs kubeadm init; nothing of it is a secret's way.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	c := named(t, "static-pods")
	var got []string
	for _, s := range steps(t, c, "khagen.orch.bootstrap", nil) {
		got = append(got, fmt.Sprint(s.states, len(s.hosts), strings.HasPrefix(s.hosts[0], "bfs-k8s-master")))
	}
	want := []string{
		"[khagen.init_cluster] 1 true", "[khagen.join_cluster] 1 true", "[khagen.join_cluster] 1 true", "[khagen.join_cluster] 1 false", "[khagen.join_cluster] 1 false", "[khagen.join_cluster] 1 false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps are %q, want %q", got, want)
	}
	var all []state
	for _, name := range []string{"khagen.init_cluster", "khagen.join_cluster"} {
		all = append(all, rendered(t, c.job("bfs-k8s-master1.solarfs.k8s", nil, name))...)
	}
	shell(t, []answer{{States: all}})
	ran := 0
	for _, s := range all {
		command := s.text("name")
		if !strings.Contains(command, "kubeadm init --") && !strings.Contains(command, "kubeadm join --") {
			continue
		}
		ran++
		if s.Args["hide_output"] != true || s.text("creates") == "" {
			t.Errorf("%s: its output goes into the job cache, or it runs twice", s.ID)
		}
		if !strings.Contains(command, ">/var/lib/khagen/kubeadm && kubeadm ") || !strings.HasSuffix(command, " && rm -f /var/lib/khagen/kubeadm") {
			t.Errorf("%s: where it fails nobody knows: %s", s.ID, command)
		}
		if !slices.Contains(s.requisites("require"), "cmd: khagen kubeadm half") {
			t.Errorf("%s: goes on where it failed before: %q", s.ID, s.requisites("require"))
		}
	}
	if ran != 2 {
		t.Errorf("kubeadm is run by %d states, want 2", ran)
	}
	if !slices.ContainsFunc(all, func(s state) bool {
		return s.ID == "khagen no second cluster" && strings.Count(s.text("onlyif"), "/dev/tcp/") == 2
	}) {
		t.Error("kubeadm init may begin a second cluster")
	}
	binaries := named(t, "binary-nginx")
	if s := rendered(t, binaries.job("master_master", nil, "khagen.orch.bootstrap")); len(s) != 1 || s[0].Function != "test.fail_without_changes" {
		t.Errorf("a cluster without kubeadm gets %v", s)
	}
}

// TestMissing: what the pillar lacks is named, and nothing follows.
func TestMissing(t *testing.T) {
	t.Parallel()
	c := named(t, "container-nginx")
	m := c.state.Host("node5")
	for want, spoil := range map[string]func(map[string]any){
		"khagen_secrets:registry":          func(p map[string]any) { p["khagen_secrets"] = map[string]any{"registry": ""} },
		"khagen_secrets:registry:":         func(p map[string]any) { p["khagen_secrets"] = map[string]any{"registry": 7} },
		"khagen_secrets:registry: nothing": func(p map[string]any) { p["khagen_secrets"] = nil },
		"rootfs:" + strings.ReplaceAll(strings.TrimPrefix(m.PKI[0].Path, "/"), "/", ":"): func(p map[string]any) { delete(p, "rootfs") },
	} {
		pillar := c.pillar(m)
		spoil(pillar)
		s := rendered(t, c.job("node5", pillar, "khagen.worker"))[0]
		if s.Function != "test.fail_without_changes" || s.Args["failhard"] != true || !strings.Contains(s.text("name")+" nothing", want) {
			t.Errorf("without %s: %v", want, s)
		}
	}
	a := ask(t, c.job("stranger", nil, "khagen.worker"))[0]
	if !strings.Contains(a.Error, "hosts/stranger/manifest.json") {
		t.Errorf("a minion that is no host gets %v", a)
	}
}

// TestTop: a highstate does nothing unless it is told to, and knows all hosts.
func TestTop(t *testing.T) {
	t.Parallel()
	c := named(t, "kubespray-haproxy")
	ids := map[string]any{"khagen_minions": map[string]any{"node1": "minion.example.net"}}
	top := ask(t, c.job("x", ids, "top"))[0]
	want := map[string][]string{"minion.example.net": {"khagen"}}
	for _, h := range []string{"node2", "node3", "node4", "node5"} {
		want[h] = []string{"khagen"}
	}
	if got := top.Top["kubespray-haproxy"]; !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("top is %v, want %v: %s", got, want, top.Error)
	}
	pillar := c.pillar(c.state.Host("node1"))
	maps.Copy(pillar, ids)
	if s := rendered(t, c.job("minion.example.net", pillar, "khagen")); len(s) != 1 || s[0].Function != "test.nop" {
		t.Errorf("a highstate does %v", s)
	}
	pillar["khagen_apply"] = true
	told := rendered(t, c.job("minion.example.net", pillar, "khagen"))
	for _, f := range c.state.Host("node1").Files {
		source := "salt://" + (&tree.File{Host: "node1", Path: f.Path, Kind: f.Kind}).TreePath()
		if !slices.ContainsFunc(told, func(s state) bool { return s.text("source") == source }) {
			t.Errorf("nothing copies %s", source)
		}
	}
	whole, _ := run(steps(t, c, "khagen.orch.deliver", ids), "", "")
	if !slices.Contains(whole, "minion.example.net khagen.control_plane") || slices.Contains(whole, "node1 khagen.control_plane") {
		t.Errorf("brings %q", whole)
	}
}

// TestArtifacts: programs from a server of one's own keep host and path of their URL, and so do their sums.
func TestArtifacts(t *testing.T) {
	t.Parallel()
	c := named(t, "binary-nginx")
	m := c.state.Host("k8s-master1")
	pillar := c.pillar(m)
	pillar["khagen_artifacts"] = "salt://artifacts"
	for _, s := range rendered(t, c.job(m.Host, pillar, allPhases()...)) {
		sum := s.text("source_hash")
		if sum == "" {
			continue
		}
		for _, from := range []string{s.text("source"), sum} {
			if !strings.HasPrefix(from, "salt://artifacts/github.com/") && !strings.HasPrefix(from, "salt://artifacts/dl.k8s.io/") {
				t.Errorf("%s comes from %s", s.ID, from)
			}
		}
		if filepath.Base(s.text("source")) == filepath.Base(sum) {
			t.Errorf("%s is its own sum", s.ID)
		}
	}
}
