package rules

import (
	"path"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var kubeadmEtcdRules = []Rule{
	{
		ID: "KH180", Severity: Error,
		Title:   "an etcd that kubeadm runs has kubeadm's version, names and addresses",
		Reason:  "kubeadm deploys the etcd that it was tested with, names a member after its node, and has it speak from the address that the API server advertises. It finds members by these again when one joins, leaves or is upgraded.",
		Hint:    "delete it; or write etcd.topology: \"hosts\", where etcd is a unit of khagen's",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/phases/etcd/local.go, getEtcdCommand and RemoveStackedEtcdMemberFromCluster",
		cluster: kubeadmOwnsEtcd,
	},
	{
		ID: "KH181", Severity: Error,
		Title:   "kubeadm takes the etcd that is rendered beside it",
		Reason:  "kubeadm init asks every member for its version first, and ends where one is older than it supports. Before 1.31 it supports versions that lose data, or that khagen has no flags for: 3.5.11 is the first that has neither.",
		Hint:    "leave etcd.version out: it is the one that belongs to kubernetes.version then",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/preflight/checks.go, ExternalEtcdVersionCheck; constants.go, MinExternalEtcdVersion",
		cluster: kubeadmTakesEtcd,
	},
	{
		ID: "KH183", Severity: Error,
		Title:   "kubeadm finds etcd's folder empty",
		Reason:  "kubeadm init and join end where something lies in etcd.dataDir already, a folder or a mount point for its log included.",
		Hint:    "put it beside that folder",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/preflight/checks.go, DirAvailableCheck",
		cluster: kubeadmFindsEmpty,
	},
	{
		ID: "KH184", Severity: Error,
		Title:   "where etcd has folders of its own, it runs as root",
		Reason:  "With the feature gate RootlessControlPlane kubeadm runs etcd as a user of its own and gives that user etcd.dataDir, no other folder: etcd can't write to its disks.",
		Hint:    "leave the feature gate out, or the folders",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/util/staticpod/utils_linux.go, runEtcdAsNonRoot",
		cluster: rootlessEtcd,
	},
	{
		ID: "KH186", Severity: Warning,
		Title:   "kubeadm reset leaves a member's data alone",
		Reason:  "kubeadm reset empties /var/lib/etcd wherever it finds no etcd of its own, on workers too: a member that is a unit on the same host loses its data while it runs.",
		Hint:    "give members on nodes another folder, such as etcd.dataDir: \"/var/lib/etcd-member\"",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/cmd/phases/reset/removeetcdmember.go, getEtcdDataDir",
		cluster: resetSparesEtcd,
	},
}

// resetFolder is what kubeadm reset empties on a host without an etcd of kubeadm's.
const resetFolder = "/var/lib/etcd"

func resetSparesEtcd(c *topology.Cluster, f *found) {
	if c.Binaries() || !c.RunsEtcd() {
		return
	}
	var shared []*topology.Host
	for _, h := range c.EtcdMembers {
		if h.IsNode() && (within(h.EtcdDataDir(), resetFolder) || h.EtcdWALDir() != "" && within(h.EtcdWALDir(), resetFolder)) {
			shared = append(shared, h)
		}
	}
	if len(shared) > 0 {
		f.add(c, field{"etcd", "dataDir"}, "the members on %s keep data in %s, which kubeadm reset empties on nodes", names(shared), resetFolder)
	}
}

// kubeadmMembers are the members that kubeadm runs.
func kubeadmMembers(c *topology.Cluster) []*topology.Host {
	if c.RunsEtcd() {
		return nil
	}
	return c.EtcdMembers
}

func kubeadmOwnsEtcd(c *topology.Cluster, f *found) {
	members := kubeadmMembers(c)
	if len(members) > 0 && c.Spec.Etcd.Version != "" {
		f.add(c, field{"etcd", "version"}, "kubeadm %s deploys etcd %s, and upgrades it with itself", c.Version.MajorMinor(), upstream.DefaultEtcd(c.Version))
	}
	for _, h := range members {
		at := field{"hosts", h.Name, "etcd"}
		if h.Spec.Etcd.Name != "" {
			f.add(c, append(at, "name"), "kubeadm names the member after its node, %s", h.NodeName)
		}
		if h.Spec.Etcd.Address.IsValid() {
			f.add(c, append(at, "address"), "kubeadm gives the member the API server's address, %s", h.Address())
		}
	}
}

func kubeadmTakesEtcd(c *topology.Cluster, f *found) {
	if c.Binaries() || !c.RunsEtcd() || c.Spec.Etcd.Version == "" {
		return
	}
	version, err := c.EtcdVersion()
	oldest, errOldest := upstream.ParseVersion(upstream.OldestEtcd(c.Version))
	if err == nil && errOldest == nil && version.Compare(oldest) < 0 {
		f.add(c, field{"etcd", "version"}, "etcd is %s, and beside kubeadm %s it has to be %s or newer", version, c.Version.MajorMinor(), oldest)
	}
}

func kubeadmFindsEmpty(c *topology.Cluster, f *found) {
	said := map[string]bool{}
	for _, h := range kubeadmMembers(c) {
		check := func(name, what, folder, own string) {
			data := path.Clean(c.Spec.Etcd.DataDir)
			if folder == "" || path.Clean(folder) == data || !within(folder, data) { // of one folder for both says KH118
				return
			}
			at := field{"etcd", name}
			if own != "" {
				at = field{"hosts", h.Name, "etcd", name}
			}
			if !said[at.String()] { // the same on all that have no folder of their own
				said[at.String()] = true
				f.add(c, at, "%s of %s (%s) lies in etcd.dataDir, %s", what, h.Name, folder, data).mend("put it beside that folder, such as %s-%s", data, map[string]string{"walDir": "wal", "dataDir": "data"}[name])
			}
		}
		check("walDir", "the log", h.EtcdWALDir(), h.Spec.Etcd.WALDir)
		check("dataDir", "the data", h.EtcdDataDir(), h.Spec.Etcd.DataDir)
	}
}

func rootlessEtcd(c *topology.Cluster, f *found) {
	if !c.Spec.Kubernetes.FeatureGates["RootlessControlPlane"] {
		return
	}
	for _, h := range kubeadmMembers(c) {
		if h.EtcdWALDir() != "" || h.EtcdDataDir() != c.Spec.Etcd.DataDir {
			f.add(c, field{"kubernetes", "featureGates", "RootlessControlPlane"}, "etcd on %s can't write to %s", h.Name, ownFolders(h))
			return
		}
	}
}

// ownFolders names those of the member's folders that kubeadm doesn't know.
func ownFolders(h *topology.Host) string {
	var all []string
	if data := h.EtcdDataDir(); data != h.Cluster.Spec.Etcd.DataDir {
		all = append(all, data)
	}
	if wal := h.EtcdWALDir(); wal != "" {
		all = append(all, wal)
	}
	return list(all)
}
