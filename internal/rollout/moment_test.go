package rollout_test

import (
	"cmp"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

var (
	backend    = regexp.MustCompile(`(?m)^\s*server (?:\S+ )?([0-9.]+):\d+`)
	serverLine = regexp.MustCompile(`server: https://(\S+):\d+`)
	priority   = regexp.MustCompile(`(?m)^\s*priority (\d+)`)
	peerBlock  = regexp.MustCompile(`unicast_peer \{([^}]*)\}`)
	vipBlock   = regexp.MustCompile(`virtual_ipaddress \{\s*([0-9.]+)`)
)

// backends are the addresses that a host's balancer sends to.
func (s *simulation) backends(h *simulated) []string {
	var all []string
	for _, file := range []string{"nginx.conf", "haproxy.cfg"} {
		all = append(all, s.all(backend, s.config(h, file, tree.PhaseLoadBalancer))...)
	}
	return all
}

// serving is the API server with an address that answers at this moment, nil where none does.
func (s *simulation) serving(address string) *simulated {
	for _, h := range s.running(func(h *simulated) bool { return h.api && !h.downAPI }) {
		if cmp.Or(member(s.after, h.name).Address, member(s.before, h.name).Address) == address {
			return h
		}
	}
	return nil
}

// moment asks everything that has to hold at every moment.
func (s *simulation) moment() {
	s.quorum()
	s.oneAtATime()
	s.vrrp()
	for _, h := range s.running(func(h *simulated) bool { return h.balancer }) {
		if h.has[tree.PhaseLoadBalancer] {
			for _, address := range s.backends(h) {
				if s.serving(address) == nil && !s.restarting(address) {
					s.breaks("the balancer of %s sends to %s, where no API server runs", h.name, address)
				}
			}
		}
	}
	for _, h := range s.running(func(h *simulated) bool { return h.node }) {
		s.client(h)
	}
}

func (s *simulation) restarting(address string) bool {
	for _, h := range s.running(func(h *simulated) bool { return h.api && h.downAPI }) {
		if cmp.Or(member(s.after, h.name).Address, member(s.before, h.name).Address) == address {
			return true
		}
	}
	return false
}

func (s *simulation) quorum() {
	up, all, down := 0, 0, 0
	for host, counts := range s.members {
		if !counts {
			continue
		}
		all++
		if h := s.hosts[host]; h.downEtcd {
			down++
		} else if h.etcd {
			up++
		}
	}
	if down > 1 {
		s.breaks("%d members of etcd restart at once", down)
	}
	if all > 2 && 2*up <= all {
		s.breaks("%d of %d members of etcd are up", up, all)
	}
}

func (s *simulation) oneAtATime() {
	down := s.running(func(h *simulated) bool { return h.api && h.downAPI })
	up := s.running(func(h *simulated) bool { return h.api && !h.downAPI })
	if len(down) > 1 || len(down) == 1 && len(up) == 0 && len(s.before.Cluster.Members) > 0 && s.controlPlanesBefore() > 1 {
		s.breaks("%d API servers restart at once, %d are up", len(down), len(up))
	}
	touched := s.running(func(h *simulated) bool { return h.touched && h.balancer && member(s.before, h.name).Balances })
	if len(touched) > 1 {
		s.breaks("%d balancers restart at once", len(touched))
	}
}

func (s *simulation) controlPlanesBefore() int {
	n := 0
	for _, m := range s.before.Cluster.Members {
		if slices.Contains(m.Roles, "control-plane") {
			n++
		}
	}
	return n
}

// vrrp minds the holder, and that everybody who speaks is heard.
func (s *simulation) vrrp() {
	speak := s.running(func(h *simulated) bool { return h.vrrp })
	if holder := s.holder; holder != nil && holder.touched {
		for _, h := range speak {
			_, any := s.differs(h.name, tree.PhaseLoadBalancer, true)
			if h != holder && any && !h.has[tree.PhaseLoadBalancer] && member(s.before, h.name).Priority > 0 {
				s.breaks("the holder %s goes before the backup %s", holder.name, h.name)
			}
		}
	}
	for _, h := range speak {
		for _, p := range speak {
			m := s.all(peerBlock, s.config(p, "keepalived.conf", tree.PhaseLoadBalancer))
			address := cmp.Or(member(s.after, h.name).Address, member(s.before, h.name).Address)
			if h != p && len(m) > 0 && !slices.Contains(strings.Fields(m[0]), address) && (s.vip(h) == s.vip(p)) {
				s.breaks("%s doesn't send to %s, which takes the address", p.name, h.name)
			}
		}
	}
}

// holds is the host that has the virtual address.
func (s *simulation) holds() *simulated {
	var holder *simulated
	best := 0
	for _, h := range s.running(func(h *simulated) bool { return h.vrrp }) {
		if m := s.all(priority, s.config(h, "keepalived.conf", tree.PhaseLoadBalancer)); len(m) > 0 {
			if p, _ := strconv.Atoi(m[0]); p > best {
				best, holder = p, h
			}
		}
	}
	return holder
}

func (s *simulation) vip(h *simulated) string {
	if m := s.all(vipBlock, s.config(h, "keepalived.conf", tree.PhaseLoadBalancer)); len(m) > 0 {
		return m[0]
	}
	return ""
}

// client follows a node's way to the API.
func (s *simulation) client(h *simulated) {
	endpoint := s.config(h, "kubelet.kubeconfig", tree.PhaseWorker)
	m := s.all(serverLine, endpoint)
	if len(m) == 0 {
		return // kubeadm's, which can't move
	}
	alone := s.controlPlanesBefore() == 1
	for _, server := range s.reached(m[0], alone) {
		names := s.names(server)
		if !slices.Contains(names, m[0]) {
			s.breaks("%s asks for %s, which isn't in the certificate of %s", h.name, m[0], server.name)
		}
	}
	if len(s.reached(m[0], alone)) == 0 {
		s.breaks("%s finds no API server at %s", h.name, m[0])
	}
}

// reached are the API servers behind an address.
func (s *simulation) reached(address string, alone bool) []*simulated {
	if h := s.serving(address); h != nil {
		return []*simulated{h}
	}
	for _, h := range s.running(func(h *simulated) bool { return h.api && h.downAPI }) { // nobody stands between: it restarts in a moment
		if cmp.Or(member(s.after, h.name).Address, member(s.before, h.name).Address) == address {
			return []*simulated{h}
		}
	}
	var all []*simulated
	for _, b := range s.running(func(b *simulated) bool { return b.balancer }) {
		own := cmp.Or(member(s.after, b.name).Address, member(s.before, b.name).Address) == address
		if !own && (!b.vrrp || s.vip(b) != address) {
			continue
		}
		for _, back := range s.backends(b) {
			if server := s.serving(back); server != nil {
				all = append(all, server)
			} else if alone && s.restarting(back) {
				all = append(all, s.running(func(h *simulated) bool { return h.downAPI })...)
			}
		}
	}
	return all
}

// names are those in the certificate of a host's API server.
func (s *simulation) names(h *simulated) []string {
	state := s.before
	if h.pki {
		state = s.after
	}
	if m := state.Host(h.name); m != nil {
		for _, c := range m.Certificates {
			if path.Base(c.Path) == "apiserver.crt" {
				return c.Names
			}
		}
	}
	return nil
}

// arrived wants everything delivered, and nothing running that the new tree lacks.
func (s *simulation) arrived() {
	for _, name := range slices.Sorted(maps.Keys(s.hosts)) {
		h, m := s.hosts[name], member(s.after, name)
		for _, phase := range tree.Phases {
			if _, any := s.differs(name, phase, true); any && !h.has[phase] {
				s.breaks("%s never got its files of %s", name, phase)
			}
		}
		if old := s.before.Host(name); old != nil && s.after.Host(name) != nil && !h.pki {
			was := s.names(h)
			h.pki = true
			if !slices.Equal(was, s.names(h)) {
				s.breaks("%s never got its certificates", name)
			}
		}
		if h.etcd && m.Etcd == "" || h.api && !slices.Contains(m.Roles, "control-plane") || h.balancer && !m.Balances || h.vrrp && m.Priority == 0 || h.node && m.NodeName == "" {
			s.breaks("%s still runs what the new tree hasn't: %+v", name, *h)
		}
	}
}
