package failures

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/internal/topology"
	"golang.org/x/sys/unix"
)

// System is a cluster that runs in a lab.
type System struct {
	Lab      *lab.Lab
	Topology *topology.Cluster
	Client   Client // its Address is where the endpoint leads to
	From     string // the host of the lab whose network clients are in; empty: the test's own

	Name      string // in figures; the definition's where empty
	Variant   string // of Figures
	Namespace string // that objects are written to; default where empty

	Notes   []string // for readers of the figures
	Broken  []Broken // what was seen before
	Watched bool     // only to see what happens: no bound is asserted
}

// rightful is the host that the virtual address goes back to when all is well; empty where it stays with whoever has it.
func (s *System) rightful() string {
	peers := s.Topology.VRRPPeers
	if len(peers) == 0 || !s.Topology.Spec.VIP.Keepalived.Preempt || s.Variant == Published {
		return ""
	}
	return slices.MaxFunc(peers, func(a, b *topology.Host) int { return cmp.Compare(a.VRRPPriority, b.VRRPPriority) }).Name
}

// vip is the virtual address that clients connect to, or the first; invalid where there is none.
func (s *System) vip() netip.Addr {
	if to, err := netip.ParseAddrPort(s.Client.Address); err == nil {
		for _, v := range s.Topology.VIPs {
			if v.Address == to.Addr() {
				return v.Address
			}
		}
	}
	if len(s.Topology.VIPs) > 0 {
		return s.Topology.VIPs[0].Address
	}
	return netip.Addr{}
}

// host is a host of the lab; nil where something else stands for it.
func (s *System) host(name string) *lab.Host {
	for _, h := range s.Lab.Hosts() {
		if h.Name == name {
			return h
		}
	}
	return nil
}

// servers asks each API server itself, and gives the hosts by the serial numbers of their certificates. It fails where one
// isn't ready.
func (s *System) servers(ctx context.Context) (map[string]string, error) {
	hosts := map[string]string{}
	for _, h := range topology.Active(s.Topology.ControlPlanes) {
		direct := s.Client
		direct.Address = topology.HostPort(h.Address(), s.Topology.Spec.Kubernetes.APIServer.Port)
		asked, cancel := context.WithTimeout(ctx, 2*time.Second)
		serial, err := direct.answers(asked)
		cancel()
		if err != nil {
			return nil, fmt.Errorf("the API server of %s: %w", h.Name, err)
		}
		hosts[serial] = h.Name
	}
	return hosts, nil
}

// leader asks each member of etcd that runs on a host of the lab whether all is well, and gives the host of the one that leads.
func (s *System) leader(ctx context.Context) (string, error) {
	leader := ""
	const ask = "curl --silent --fail --max-time 2 http://127.0.0.1:" + topology.EtcdMetricsPort
	for _, m := range topology.Active(s.Topology.EtcdMembers) {
		h := s.host(m.Name)
		if h == nil {
			continue
		}
		if _, err := h.Run(ctx, "sh", "-c", ask+"/health"); err != nil {
			return "", fmt.Errorf("the etcd of %s: %w", m.Name, err)
		}
		metrics, err := h.Run(ctx, "sh", "-c", ask+"/metrics | grep ^etcd_server_is_leader")
		if err == nil && strings.HasSuffix(metrics, " 1") {
			leader = m.Name
		}
	}
	return leader, nil
}

// version asks the API server through the endpoint for its own.
func (s *System) version(ctx context.Context) (string, error) {
	var version struct{ GitVersion string }
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := s.Client.get(ctx, "/version", &version)
	return strings.TrimPrefix(version.GitVersion, "v"), err
}

// versions are those of what runs.
func (s *System) versions(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	kubernetes, err := s.version(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the version: %w", err)
	}
	all["Kubernetes"] = kubernetes
	if etcd, err := s.Topology.EtcdVersion(); err == nil && slices.ContainsFunc(s.Topology.EtcdMembers, func(h *topology.Host) bool { return s.host(h.Name) != nil }) {
		all["etcd"] = etcd.String()
	}
	for _, p := range parts(s.Topology) {
		if p.kind != Balancer && p.kind != Address || len(p.on) == 0 || s.host(p.on[0].Name) == nil {
			continue
		}
		if vip := s.Topology.Spec.VIP; p.kind == Address && vip.KubeVIP != nil {
			all[p.program] = vip.KubeVIP.Version // that its image was made of
			continue
		}
		// The same program is in containers that the lab makes. haproxy -v, nginx -v and keepalived -v say it in their first line.
		text, err := s.host(p.on[0].Name).Run(ctx, "sh", "-c", p.program+" -v 2>&1")
		if err == nil {
			all[p.program] = firstVersion(text)
		}
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	all["kernel"] = unix.ByteSliceToString(name.Release[:])
	return all, nil
}

// firstVersion is the first word of a text that has a digit and a dot, without what distributions add.
func firstVersion(text string) string {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n/()", r) }) {
		word = strings.TrimPrefix(word, "v")
		if word != "" && word[0] >= '0' && word[0] <= '9' && strings.Contains(word, ".") {
			version, _, _ := strings.Cut(word, "-")
			return version
		}
	}
	return text
}

// check says what a system lacks to be measured.
func (s *System) check() error {
	switch {
	case s.Lab == nil || s.Topology == nil:
		return errors.New("a system needs a lab and a topology")
	case s.Client.TLS == nil || s.Client.TLS.ServerName == "" || s.Client.Address == "":
		return errors.New("a client needs an address and the name of a server")
	}
	if s.From != "" {
		h := s.host(s.From)
		if h == nil {
			return fmt.Errorf("clients are on a host that the lab hasn't: %s", s.From)
		}
		s.Client.dial = h.Dial
	}
	s.Name = cmp.Or(s.Name, s.Topology.Spec.Name)
	s.Namespace = cmp.Or(s.Namespace, "default")
	return nil
}

// ReportFolder is where figures are written to, and whose run holds systems to the bounds as they stand; empty where nobody
// wants any.
func ReportFolder() string { return os.Getenv("REPORT") }
