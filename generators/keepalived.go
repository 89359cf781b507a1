package generators

import (
	"fmt"
	"math"
	"net/netip"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

const (
	keepalivedUnit   = "keepalived.service"
	keepalivedFolder = "/etc/keepalived"
	keepalivedConf   = keepalivedFolder + "/keepalived.conf"
	authFile         = keepalivedFolder + "/auth.conf"
)

var (
	keepalivedConfig = embedded("keepalived.conf.tmpl")
	checkAPIServer   = embedded("check-apiserver.sh.tmpl")
)

func newKeepalived(c *topology.Cluster) HostFiles {
	if len(c.VRRPPeers) == 0 || c.Spec.VIP.Keepalived.Runtime != topology.RuntimeSystemd {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsVRRPPeer() {
			return nil, nil
		}
		files, err := keepalivedFiles(h, reload(keepalivedUnit))
		if err != nil {
			return nil, err
		}
		return append(files, dropIn(c, keepalivedUnit, keepalivedDropIn(c), tree.PhaseLoadBalancer)), nil
	}
}

// checkScript is where keepalived's check lies: on RHEL in the folder whose programs SELinux lets it run unconfined.
func checkScript(h *topology.Host) string {
	folder := keepalivedFolder
	if h.OS.Family == upstream.FamilyRHEL && h.Cluster.Spec.VIP.Keepalived.Runtime == topology.RuntimeSystemd {
		folder = "/usr/libexec/keepalived"
	}
	return folder + "/check-apiserver.sh"
}

// includeKeyword is what includes the file with the password: refusing to go on without it, where the host's keepalived can.
func includeKeyword(h *topology.Host) string {
	if v, known := h.KeepalivedVersion(); known && !upstream.KeepalivedChecksInclude(v) {
		return "include"
	}
	return "includea"
}

// keepalivedFiles are the configuration, the check and the password, which a service, a static pod and a container share.
func keepalivedFiles(h *topology.Host, changed []tree.Action) ([]tree.File, error) {
	config, err := keepalivedConfig().Render(keepalivedData(h))
	if err != nil {
		return nil, err
	}
	script, err := checkAPIServer().Render(checkData(h.Cluster))
	if err != nil {
		return nil, err
	}
	files := []tree.File{
		{
			Path: keepalivedConf, Kind: tree.KindFile, Mode: 0o644, Content: config,
			Phase: tree.PhaseLoadBalancer, Notify: changed,
		},
		{Path: checkScript(h), Kind: tree.KindFile, Mode: 0o755, Content: script, Phase: tree.PhaseLoadBalancer},
	}
	if secret := h.Cluster.Spec.VIP.Keepalived.AuthSecret; secret != "" {
		files = append(files, tree.File{
			Path: authFile, Kind: tree.KindSecret, Mode: 0o600, Phase: tree.PhaseLoadBalancer, Notify: changed,
			Content: []byte("authentication {\n    auth_type PASS\n    auth_pass \"" + tree.Secret(secret) + "\"\n}\n"),
		})
	}
	return files, nil
}

// vrrpInstance is one of keepalived's, which carries the VIP of one family.
type vrrpInstance struct {
	Name, Address string // Address is what it speaks from
	Peers         []netip.Addr
	OwnAddress    bool   // Address is the definition's
	AuthFile, VIP string // AuthFile is empty without authentication
}

// vrrpInstances are all of the host's. They have the same id: VRRP of the two families never meets.
func vrrpInstances(h *topology.Host) []vrrpInstance {
	var all []vrrpInstance
	for _, vip := range h.Cluster.VIPs {
		f := topology.FamilyOf(vip.Address)
		own := h.Spec.VRRP.Address
		i := vrrpInstance{
			Name: "apiserver", Address: h.VRRPAddress(f).String(), Peers: h.VRRPOthers(f),
			OwnAddress: own.IsValid() && topology.FamilyOf(own) == f, VIP: vipAddress(vip),
		}
		if f == topology.IPv6 {
			i.Name = "apiserver6"
		} else if h.Cluster.Spec.VIP.Keepalived.AuthSecret != "" { // VRRPv3, which IPv6 has, knows no passwords
			i.AuthFile = authFile
		}
		all = append(all, i)
	}
	return all
}

// keepalivedData is what keepalived.conf is rendered from, in the units that keepalived takes.
func keepalivedData(h *topology.Host) map[string]any {
	c := h.Cluster
	k := c.Spec.VIP.Keepalived
	weight := c.VRRPWeight
	if !k.Preempt {
		weight = 0 // without preemption no backup outbids the holder: it has to give the address up itself
	}
	return map[string]any{
		"Header": header(c), "RouterID": h.Name, "Script": checkScript(h), "Include": includeKeyword(h),
		"Interval": seconds(k.Check.Interval), "Timeout": wholeSeconds(k.Check.Timeout),
		"Fall": k.Check.Fall, "Rise": k.Check.Rise, "Weight": weight,
		"Interface": h.VRRPInterface(), "VirtualRouterID": k.VirtualRouterID, "Priority": h.VRRPPriority,
		"AdvertInterval": seconds(k.AdvertInterval), "Preempt": k.Preempt, "Unicast": k.Mode == "unicast",
		"GARPDelay": wholeSeconds(k.GARP.Delay), "GARPRepeat": k.GARP.Repeat, "GARPRefresh": wholeSeconds(k.GARP.Refresh),
		"Instances": vrrpInstances(h), "Global": nested(k.ExtraConfig.Global), "Extra": nested(k.ExtraConfig.Instance),
	}
}

func checkData(c *topology.Cluster) map[string]any {
	data := map[string]any{
		"Header": header(c), "Address": topology.HostPort(c.Loopback(), c.LoadBalancerPort), "Path": c.Spec.LoadBalancer.HealthCheck.Path,
		"Timeout": seconds(c.Spec.VIP.Keepalived.Check.Timeout), "Direct": false, "Preempt": c.Spec.VIP.Keepalived.Preempt,
	}
	if c.Spec.LoadBalancer.Placement == topology.PlacementNone {
		data["Address"], data["Path"], data["Direct"] = topology.HostPort(c.Loopback(), c.Spec.Kubernetes.APIServer.Port), "/readyz", true
	}
	return data
}

// keepalivedDropIn orders keepalived after the balancer that it watches, without tying their ends together, and keeps
// it coming back.
func keepalivedDropIn(c *topology.Cluster) string {
	text := "[Unit]\n"
	if unit := c.BalancerUnit(); unit != "" {
		text += fmt.Sprintf("Wants=%[1]s\nAfter=%[1]s\n", unit)
	}
	return text + "StartLimitIntervalSec=0\n\n[Service]\nRestart=always\nRestartSec=1s\n"
}

// vipAddress is the address with the prefix that it gets on the interface. An IPv6 address of a longer prefix would become
// the source of the host's own connections, as a second IPv4 address never does.
func vipAddress(v topology.VIP) string {
	text := fmt.Sprintf("%s/%d", v.Address, v.Bits())
	if topology.FamilyOf(v.Address) == topology.IPv6 && v.Bits() < v.Address.BitLen() {
		text += " preferred_lft 0 # never the source of the host's own connections"
	}
	return text
}

// wholeSeconds rounds up, for settings of keepalived that take no fractions.
func wholeSeconds(d schema.Duration) int { return int(math.Ceil(d.Std().Seconds())) }
