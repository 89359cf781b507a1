package rules

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var memberRules = []Rule{
	{
		ID: "KH046", Severity: Error,
		Title:   "members join a running etcd one at a time",
		Reason:  "A member that joins names all members that etcd knows at that moment: of two that join at once, the first does not start while the second is not added. And where none is active, there is nothing to join.",
		Hint:    "let one member join, write active for it, then the next",
		Source:  "https://etcd.io/docs/latest/op-guide/runtime-configuration/#error-cases-when-adding-members",
		cluster: oneJoins,
	},
	{
		ID: "KH047", Severity: Error,
		Title:   "names of etcd members differ",
		Reason:  "etcd takes two URLs of one name for those of one member, and the others don't start.",
		Hint:    "give each its own hosts.NAME.etcd.name, or leave it out: it is the node's name then",
		Source:  "https://etcd.io/docs/latest/op-guide/clustering/#static",
		cluster: memberNamesDiffer,
	},
	{
		ID: "KH048", Severity: Warning,
		Title:   "etcd goes with this Kubernetes",
		Reason:  "Nobody tests the two together; kubeadm refuses an etcd that is older, and one that is newer can't be taken back.",
		Hint:    "leave etcd.version out: it is the one that belongs to kubernetes.version then",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/constants/constants.go, MinExternalEtcdVersion and SupportedEtcdVersion",
		cluster: etcdPairs,
	},
	{
		ID: "KH049", Severity: Error,
		Title:   "an etcd that someone else runs is named",
		Reason:  "API servers don't start without its endpoints.",
		Hint:    `write external: {endpoints: ["https://…:2379"], caFile: "/…", certFile: "/…", keyFile: "/…"}, or another topology`,
		Source:  "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (etcd-servers)",
		cluster: externalNamed,
	},
}

func oneJoins(c *topology.Cluster, f *found) {
	if !c.RunsEtcd() {
		return // kubeadm asks etcd for its members when one joins
	}
	var joining, active []*topology.Host
	for _, h := range c.EtcdMembers {
		switch {
		case h.IsJoining():
			joining = append(joining, h)
		case !h.IsLeaving():
			active = append(active, h)
		}
	}
	switch {
	case len(active) == 0 && len(joining) == 0:
		f.add(c, field{"hosts"}, "every member of etcd is leaving: %s", names(c.EtcdMembers)).mend("take state away from those that stay")
	case len(active) == 0:
		f.add(c, field{"hosts", joining[0].Name, "state"}, "no member of etcd is active that %s could join", names(joining)).
			mend("take state away: in a new cluster all members are active")
	case len(joining) > 1:
		f.add(c, field{"hosts", joining[1].Name, "state"}, "%s join etcd at the same time", names(joining))
	}
}

func externalNamed(c *topology.Cluster, f *found) {
	if c.Spec.Etcd.Topology == topology.EtcdExternal && c.Spec.Etcd.External == nil {
		f.add(c, field{"etcd", "topology"}, "the topology is \"external\", and the block external is missing")
	}
}

func memberNamesDiffer(c *topology.Cluster, f *found) {
	owner := map[string]*topology.Host{}
	for _, h := range c.EtcdMembers {
		other := owner[h.EtcdName()]
		if other != nil && (h.Spec.Etcd.Name != "" || other.Spec.Etcd.Name != "") { // else KH012 says so
			f.add(c, field{"hosts", h.Name, "etcd", "name"}, "the members on %s and %s have the same name %s", other.Name, h.Name, h.EtcdName())
		}
		owner[h.EtcdName()] = h
	}
}

func etcdPairs(c *topology.Cluster, f *found) {
	if c.Spec.Etcd.Version == "" || !c.RunsEtcd() {
		return
	}
	version, err := c.EtcdVersion()
	least, errLeast := upstream.ParseVersion(upstream.OldestEtcd(c.Version))
	belongs, errBelongs := upstream.ParseVersion(upstream.DefaultEtcd(c.Version))
	if err != nil || errLeast != nil || errBelongs != nil {
		return
	}
	at := field{"etcd", "version"}
	switch {
	case version.Compare(least) < 0 && !c.Binaries(): // KH181 says so
	case version.Compare(least) < 0:
		f.add(c, at, "etcd is %s, and Kubernetes %s goes with %s or newer", version, c.Version.MajorMinor(), least).mend("use %s or newer", belongs)
	case !belongs.AtLeast(version.Major, version.Minor):
		f.add(c, at, "etcd is %s, and Kubernetes %s is tested with %s", version, c.Version.MajorMinor(), belongs.MajorMinor())
	}
}
