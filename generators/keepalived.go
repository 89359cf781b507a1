package generators

import (
	"cmp"
	"fmt"
	"math"

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
	k := h.Cluster.Spec.VIP.Keepalived
	if k.Runtime == topology.RuntimeSystemd {
		if v, err := upstream.ParseVersion(cmp.Or(k.Version, h.OS.Keepalived)); err == nil && !upstream.KeepalivedChecksInclude(v) {
			return "include"
		}
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

// keepalivedData is what keepalived.conf is rendered from, in the units that keepalived takes.
func keepalivedData(h *topology.Host) map[string]any {
	c := h.Cluster
	k := c.Spec.VIP.Keepalived
	weight := c.VRRPWeight
	if !k.Preempt {
		weight = 0 // without preemption no backup outbids the holder: it has to give the address up itself
	}
	data := map[string]any{
		"Header": header(c), "RouterID": h.Name, "Script": checkScript(h),
		"Interval": seconds(k.Check.Interval), "Timeout": wholeSeconds(k.Check.Timeout),
		"Fall": k.Check.Fall, "Rise": k.Check.Rise, "Weight": weight,
		"Interface": h.VRRPInterface(), "VirtualRouterID": k.VirtualRouterID, "Priority": h.VRRPPriority,
		"AdvertInterval": seconds(k.AdvertInterval), "Preempt": k.Preempt,
		"Unicast": k.Mode == "unicast", "Address": h.VRRPAddress(), "Peers": h.VRRPOthers(),
		"OwnAddress": h.Spec.VRRP.Address.IsValid(),
		"GARPDelay":  wholeSeconds(k.GARP.Delay), "GARPRepeat": k.GARP.Repeat, "GARPRefresh": wholeSeconds(k.GARP.Refresh),
		"AuthFile": "", "Include": includeKeyword(h), "VIP": vipAddress(c.Spec.VIP),
	}
	if k.AuthSecret != "" {
		data["AuthFile"] = authFile
	}
	return data
}

func checkData(c *topology.Cluster) map[string]any {
	data := map[string]any{
		"Header": header(c), "Port": c.LoadBalancerPort, "Path": c.Spec.LoadBalancer.HealthCheck.Path,
		"Timeout": seconds(c.Spec.VIP.Keepalived.Check.Timeout), "Direct": false, "Preempt": c.Spec.VIP.Keepalived.Preempt,
	}
	if c.Spec.LoadBalancer.Placement == topology.PlacementNone {
		data["Port"], data["Path"], data["Direct"] = c.Spec.Kubernetes.APIServer.Port, "/readyz", true
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

// vipAddress is the address with the prefix that it gets on the interface.
func vipAddress(v *schema.VIP) string {
	prefix := 32
	if v.Prefix != nil {
		prefix = *v.Prefix
	}
	return fmt.Sprintf("%s/%d", v.Address, prefix)
}

// wholeSeconds rounds up, for settings of keepalived that take no fractions.
func wholeSeconds(d schema.Duration) int { return int(math.Ceil(d.Std().Seconds())) }
