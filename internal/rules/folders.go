package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

var folderRules = []Rule{
	{
		ID: "KH118", Severity: Error,
		Title:   "folders of the definition leave each other's files alone",
		Reason:  "Two authorities' ca.crt in one folder overwrite each other. etcd makes its folders anew where it starts empty, and whoever replaces a member deletes them: what else lies there is gone.",
		Hint:    "give each a folder of its own",
		Source:  "etcd-io/etcd server/storage/wal/wal.go, Create and renameWAL; https://etcd.io/docs/latest/op-guide/runtime-configuration/",
		cluster: foldersApart,
	},
	{
		ID: "KH119", Severity: Error,
		Title:   "certificates and etcd's data lie in folders that the system has no other use for",
		Reason:  "They get an owner and a mode of their own, which takes a folder such as /var/lib away from everything else in it; and what lies in /run or /dev is gone when the host starts again. A kubelet takes every file among its static pods for one.",
		Hint:    "use a folder of its own below /etc, /opt, /srv or /var/lib",
		Source:  "https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html",
		cluster: foldersFree,
	},
}

// folder is one that the definition names, and that hosts have.
type folder struct {
	what, path string
	at         field
	shared     bool // the distribution's own may be named: programs, flags, configuration
	data       bool // etcd writes there
}

// foldersOf lists the folders of a definition that have a use.
func foldersOf(c *topology.Cluster) []folder {
	var all []folder
	if p := c.Spec.Kubernetes.Paths; c.Binaries() {
		at := func(name string) field { return field{"kubernetes", "paths", name} }
		all = append(
			all,
			folder{"the configuration of Kubernetes", p.Config, at("config"), true, false},
			folder{"the certificates of Kubernetes", p.Certificates, at("certificates"), false, false},
			folder{"the flags of components", p.Flags, at("flags"), true, false},
			folder{"the programs of Kubernetes", p.Binaries, at("binaries"), true, false},
		)
	}
	if p := c.Spec.Etcd.Paths; c.RunsEtcd() {
		at := func(name string) field { return field{"etcd", "paths", name} }
		all = append(
			all,
			folder{"etcd's configuration", p.Config, at("config"), true, false},
			folder{"etcd's certificates", p.Certificates, at("certificates"), false, false},
			folder{"etcd's programs", p.Binaries, at("binaries"), true, false},
		)
	}
	return append(all, dataFolders(c)...)
}

// dataFolders are those of etcd's data and log: the cluster's, and those of members that have their own.
func dataFolders(c *topology.Cluster) []folder {
	var all []folder
	add := func(what, path string, at field) {
		if path != "" {
			all = append(all, folder{what, path, at, false, true})
		}
	}
	if len(c.EtcdMembers) > 0 {
		add("etcd's data", c.Spec.Etcd.DataDir, field{"etcd", "dataDir"})
		add("etcd's log", c.Spec.Etcd.WALDir, field{"etcd", "walDir"})
	}
	for _, h := range c.EtcdMembers {
		add("etcd's data", h.Spec.Etcd.DataDir, field{"hosts", h.Name, "etcd", "dataDir"})
		add("etcd's log", h.Spec.Etcd.WALDir, field{"hosts", h.Name, "etcd", "walDir"})
	}
	return all
}

// within says whether a path is a folder or lies in it.
func within(file, folder string) bool {
	file, folder = path.Clean(file), path.Clean(folder)
	return file == folder || strings.HasPrefix(file, strings.TrimSuffix(folder, "/")+"/")
}

func foldersApart(c *topology.Cluster, f *found) {
	for _, data := range dataFolders(c) {
		for _, other := range foldersOf(c) {
			if !other.data && within(other.path, data.path) {
				f.add(c, data.at, "%s (%s) lies in the folder of %s, %s", other.what, other.path, data.what, data.path)
			}
		}
	}
	said := map[string]bool{}
	for _, h := range c.EtcdMembers {
		wal, data := h.EtcdWALDir(), h.EtcdDataDir()
		if wal == "" || !within(data, wal) || said[wal+":"+data] {
			continue
		}
		said[wal+":"+data] = true
		at := field{"etcd", "walDir"}
		if h.Spec.Etcd.WALDir != "" {
			at = field{"hosts", h.Name, "etcd", "walDir"}
		}
		f.add(c, at, "etcd's data (%s) lies in the folder of its log, %s", data, wal).mend("give the log a folder of its own, such as %s-wal", data)
	}
	authoritiesApart(c, f)
	externalApart(c, f)
	if p := c.Spec.Kubernetes.Paths; c.Binaries() && c.FlagsFile("kubelet") == c.Program("kubelet") {
		f.add(c, field{"kubernetes", "paths", "binaries"}, "programs and their flags have the same names in %s", p.Binaries)
	}
}

// authoritiesApart looks for hosts on which the CAs of the cluster and of etcd would be one file.
func authoritiesApart(c *topology.Cluster, f *found) {
	if !c.RunsEtcd() || path.Clean(c.PKIFile("ca.crt")) != path.Clean(c.EtcdPKIFile("ca.crt")) {
		return
	}
	both := slices.DeleteFunc(slices.Clone(c.EtcdMembers), func(h *topology.Host) bool {
		return !h.Is(topology.RoleControlPlane) && !h.IsNode()
	})
	if len(both) > 0 {
		f.add(c, field{"etcd", "paths", "certificates"}, "%s is the CA of etcd and the CA of the cluster, on %s", c.EtcdPKIFile("ca.crt"), names(both)).
			mend("write another folder, such as %s/etcd", c.Spec.Kubernetes.Paths.Certificates)
	}
}

// externalApart looks for files of someone else's etcd where the cluster's own have their place.
func externalApart(c *topology.Cluster, f *found) {
	e := c.Spec.Etcd.External
	if e == nil || c.Spec.Etcd.Topology != topology.EtcdExternal {
		return
	}
	own, whose := map[string]bool{}, "from khagen pki"
	if !c.Binaries() {
		whose = "which kubeadm makes"
		for _, name := range upstream.KubeadmCertificates {
			own[c.PKIFile(name)] = true
		}
	}
	for _, h := range c.ControlPlanes {
		for _, issued := range h.Certificates() {
			own[issued.Path+".crt"], own[issued.Path+".key"] = true, true
		}
		for _, shared := range h.SharedFiles() {
			own[shared.Path] = true
		}
	}
	for name, file := range map[string]string{"caFile": e.CAFile, "certFile": e.CertFile, "keyFile": e.KeyFile} {
		if own[path.Clean(file)] {
			f.add(c, field{"etcd", "external", name}, "%s is a file of the cluster's own, %s", file, whose).
				mend("give the file of the other etcd another name, such as %s", path.Join(path.Dir(file), "external-etcd"+path.Ext(file)))
		}
	}
}

// Folders of the system: those that nobody may put anything into, and those that others have files in.
var (
	systemFolders = []string{"/boot", "/dev", "/etc/kubernetes/manifests", "/etc/systemd", "/lib/systemd", "/proc", "/run", "/sys", "/usr/lib/systemd", "/var/run"}
	sharedFolders = []string{
		"/bin", "/etc", "/etc/default", "/etc/pki", "/etc/ssl", "/etc/ssl/certs", "/etc/ssl/private", "/etc/sysconfig", "/home", "/lib",
		"/media", "/mnt", "/opt", "/root", "/sbin", "/srv", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/local/bin",
		"/usr/sbin", "/usr/share", "/var", "/var/cache", "/var/lib", "/var/log", "/var/spool", "/var/tmp",
	}
)

func foldersFree(c *topology.Cluster, f *found) {
	for _, folder := range foldersOf(c) {
		if i := slices.IndexFunc(systemFolders, func(s string) bool { return within(folder.path, s) }); i >= 0 {
			f.add(c, folder.at, "%s would lie in %s", folder.what, systemFolders[i])
		} else if !folder.shared && slices.Contains(sharedFolders, path.Clean(folder.path)) {
			f.add(c, folder.at, "%s would have %s, which others have files in", folder.what, folder.path).
				mend("use a folder in it, such as %s", path.Join(folder.path, proposedName(folder)))
		}
	}
}

func proposedName(f folder) string {
	if strings.HasPrefix(f.what, "etcd") {
		return "etcd"
	}
	return "kubernetes"
}
