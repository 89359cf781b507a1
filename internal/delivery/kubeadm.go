package delivery

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
)

var (
	kubeadmEtcd    = template.Embedded(templates, "templates/kubeadm-etcd.md.tmpl")
	kubeadmRunning = template.Embedded(templates, "templates/kubeadm-running.md.tmpl")
)

// kubeadmWay tells what comes before kubeadm init where etcd is khagen's, and how the cluster changes later.
func kubeadmWay(c *topology.Cluster) (before, later string, err error) {
	data := map[string]any{
		"Name": c.Spec.Name, "Config": "/etc/kubernetes/kubeadm/config.yaml", "VRRP": len(c.VRRPPeers) > 0, "KubeVIP": len(c.KubeVIPs) > 0,
		"Balanced": c.Spec.LoadBalancer.Placement != topology.PlacementNone, "Port": c.Spec.Kubernetes.APIServer.Port,
		"ControlPlanes": names(c.ControlPlanes), "Stacked": c.Spec.Etcd.Topology == topology.EtcdStacked, "Etcd": c.RunsEtcd(),
		"Members": names(c.EtcdMembers), "Etcdctl": etcdctlOf(c), "EtcdFlags": c.FlagsFile("etcd"), "EtcdInitial": c.EtcdInitialFile(),
		"WAL": hasWAL(c), "Disks": ownDisks(c), "EtcdLocal": etcdLocal(c), "Issued": c.ExternalCA(), "Preempts": preempts(c),
	}
	if c.RunsEtcd() {
		text, err := kubeadmEtcd().Render(data)
		if err != nil {
			return "", "", err
		}
		before = strings.TrimSpace(string(text))
	}
	text, err := kubeadmRunning().Render(data)
	return before, strings.TrimSpace(string(text)), err
}

// sharedFiles are those of /etc/kubernetes/pki that a control plane has to have before it joins, in words; empty where all
// come from khagen pki.
func sharedFiles(c *topology.Cluster) string {
	if c.ExternalCA() {
		return ""
	}
	switch c.Spec.Etcd.Topology {
	case topology.EtcdHosts:
		return ""
	case topology.EtcdExternal:
		return "`ca.crt`, `ca.key`, `sa.pub`, `sa.key`, `front-proxy-ca.crt` and `front-proxy-ca.key`"
	}
	return "`ca.crt`, `ca.key`, `sa.pub`, `sa.key`, `front-proxy-ca.crt`, `front-proxy-ca.key`, `etcd/ca.crt` and `etcd/ca.key`"
}

// signingKey is the controller manager's own copy of the key of the cluster's CA, which has to be that one as long as kubeadm says
// whose certificate it is; empty where it has none, or nobody has that key.
func signingKey(c *topology.Cluster) string {
	args := c.Spec.Kubernetes.ControllerManager.ExtraArgs
	key := args["cluster-signing-key-file"]
	if len(args["cluster-signing-cert-file"]) > 0 || c.ExternalCA() || len(key) != 1 || key[0] == "/etc/kubernetes/pki/ca.key" {
		return ""
	}
	return key[0]
}

// ownDisk is a folder of etcd's that kubeadm neither makes nor empties.
type ownDisk struct{ Folder, Hosts string }

// ownDisks are those of members that kubeadm runs, in the order of their paths.
func ownDisks(c *topology.Cluster) []ownDisk {
	if c.RunsEtcd() {
		return nil
	}
	users := map[string][]*topology.Host{}
	for _, h := range c.EtcdMembers {
		if data := h.EtcdDataDir(); data != c.Spec.Etcd.DataDir {
			users[data] = append(users[data], h)
		}
		if wal := h.EtcdWALDir(); wal != "" {
			users[wal] = append(users[wal], h)
		}
	}
	var all []ownDisk
	for _, folder := range slices.Sorted(maps.Keys(users)) {
		all = append(all, ownDisk{folder, names(users[folder])})
	}
	return all
}
