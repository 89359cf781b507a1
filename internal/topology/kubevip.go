package topology

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/upstream"
)

// Modes of kube-vip.
const (
	KubeVIPByARP = "arp"
	KubeVIPByBGP = "bgp"
)

// What kube-vip logs in with where kubeadm makes no kubeconfig: a certificate in a folder of its own, which its pod mounts, so
// that it sees one that is issued again.
const (
	KubeVIPUser        = "kube-vip"
	KubeVIPCertificate = "kube-vip/client"
)

// KubeVIPLease is the lease, in kube-system, whose holder has the VIP.
const KubeVIPLease = "plndr-cp-lock"

// KubeVIPMetricsPort has kube-vip's metrics, on the loopback of the primary family.
const KubeVIPMetricsPort = 2112

// kube-vip's check of the API server or balancer on its own host.
const (
	KubeVIPCheckPeriod   = 2 * time.Second
	KubeVIPCheckTimeout  = 2 * time.Second
	KubeVIPCheckFailures = 3
)

// kubeVIPCarriers are the control planes. An incomplete definition is for a rule.
func (c *Cluster) kubeVIPCarriers() []*Host {
	vip := c.Spec.VIP
	switch {
	case vip == nil || vip.Provider != ProviderKubeVIP || vip.KubeVIP == nil || c.Spec.LoadBalancer.Placement == PlacementExternal:
		return nil
	case vip.KubeVIP.Mode == KubeVIPByBGP && vip.KubeVIP.BGP == nil:
		return nil
	}
	return c.ControlPlanes
}

// AnswersARP says whether kube-vip carries the VIP on one host at a time, by ARP.
func (c *Cluster) AnswersARP() bool {
	return len(c.KubeVIPs) > 0 && c.Spec.VIP.KubeVIP.Mode == KubeVIPByARP
}

// SpeaksBGP says whether all control planes announce the VIP to routers.
func (c *Cluster) SpeaksBGP() bool {
	return len(c.KubeVIPs) > 0 && c.Spec.VIP.KubeVIP.Mode == KubeVIPByBGP
}

// IsKubeVIP says whether kube-vip runs on the host. Where it runs it announces the VIP or stands for election: on one that joins
// it has to wait, on one that leaves its manifest has to go.
func (h *Host) IsKubeVIP() bool { return h.IsActive() && h.mayBeKubeVIP() }

// mayBeKubeVIP says whether kube-vip runs on the host, did, or will: certificates and the kubelet don't change with its state.
func (h *Host) mayBeKubeVIP() bool { return slices.Contains(h.Cluster.KubeVIPs, h) }

// KubeVIPChecks says whether kube-vip announces a host only while what the VIP leads to answers there.
func (c *Cluster) KubeVIPChecks() bool {
	if !c.SpeaksBGP() {
		return false
	}
	version, err := upstream.ParseVersion(c.Spec.VIP.KubeVIP.Version)
	return err == nil && upstream.KubeVIPChecks(version)
}

// ReadyzWindow is how long those who watch API servers' /readyz take to see that one stops; 0 where nobody watches. kube-vip
// watches it where no balancer stands between.
func (c *Cluster) ReadyzWindow() time.Duration {
	switch {
	case c.BalancesByHAProxy():
		return c.CheckWindow()
	case c.KubeVIPChecks() && len(c.LoadBalancers) == 0:
		return KubeVIPCheckFailures * KubeVIPCheckPeriod
	}
	return 0
}

// LogsInAsSuperAdmin says whether kube-vip on the host needs super-admin.conf until kubeadm init is through: init waits for
// the VIP before admin.conf has any right. By BGP it asks the API for nothing.
func (h *Host) LogsInAsSuperAdmin() bool {
	c := h.Cluster
	return c.AnswersARP() && h.IsKubeVIP() && h == c.Bootstrap && upstream.InitNeedsEndpoint(c.Version)
}

// KubeVIPLogin is the kubeconfig of the host that its kube-vip gets.
func (h *Host) KubeVIPLogin() string {
	c := h.Cluster
	switch {
	case c.Binaries():
		return c.Kubeconfig(KubeVIPUser)
	case h.LogsInAsSuperAdmin():
		return c.ConfigFile("super-admin.conf")
	}
	return c.ConfigFile("admin.conf")
}

// BGPRouterID names the host among BGP's speakers; invalid where the definition has no IPv4 address for it.
func (h *Host) BGPRouterID() netip.Addr {
	if h.Spec.BGP.RouterID.IsValid() {
		return h.Spec.BGP.RouterID
	}
	return h.AddressIn(IPv4)
}

// BGPAS is the host's autonomous system.
func (h *Host) BGPAS() int {
	if h.Spec.BGP.AS != 0 {
		return h.Spec.BGP.AS
	}
	return h.Cluster.Spec.VIP.KubeVIP.BGP.AS
}

// BGPPeers are the routers as kube-vip takes them: ADDRESS:AS:PASSWORD:MULTIHOP, with password's text for each name of a secret.
func (c *Cluster) BGPPeers(password func(secret string) string) string {
	var all []string
	for _, p := range c.Spec.VIP.KubeVIP.BGP.Peers {
		address, secret := p.Address.String(), ""
		if p.Address.Is6() {
			address = "[" + address + "]"
		}
		if p.PasswordSecret != "" {
			secret = password(p.PasswordSecret)
		}
		all = append(all, strings.Join([]string{address, strconv.Itoa(p.AS), secret, strconv.FormatBool(p.Multihop)}, ":"))
	}
	return strings.Join(all, ",")
}

// HasBGPPasswords says whether a session with a router has a password.
func (c *Cluster) HasBGPPasswords() bool {
	if !c.SpeaksBGP() {
		return false
	}
	for _, p := range c.Spec.VIP.KubeVIP.BGP.Peers {
		if p.PasswordSecret != "" {
			return true
		}
	}
	return false
}
