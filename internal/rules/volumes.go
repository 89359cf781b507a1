package rules

import (
	"cmp"
	"path"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// Folders and volumes that a component's pod has anyway: those of kubeadm, and those that khagen adds. Source:
// cmd/kubeadm/app/phases/controlplane/volumes.go.
var (
	kubeadmMounts = map[string][]string{
		upstream.APIServer: {
			"/etc/kubernetes/pki", "/etc/ssl/certs", "/etc/ca-certificates", "/etc/pki/ca-trust", "/etc/pki/tls/certs",
			"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/kubernetes/apiserver",
		},
		upstream.ControllerManager: {
			"/etc/kubernetes/pki", "/etc/ssl/certs", "/etc/ca-certificates", "/etc/pki/ca-trust", "/etc/pki/tls/certs",
			"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/kubernetes/controller-manager.conf",
		},
		upstream.Scheduler: {"/etc/kubernetes/scheduler.conf", "/etc/kubernetes/scheduler"},
	}
	kubeadmVolumes = map[string][]string{
		upstream.APIServer: {
			"k8s-certs", "ca-certs", "etc-ca-certificates", "etc-pki-ca-trust", "etc-pki-tls-certs",
			"usr-share-ca-certificates", "usr-local-share-ca-certificates", "audit-log", "apiserver-config", "kms-socket",
		},
		upstream.ControllerManager: {
			"k8s-certs", "ca-certs", "etc-ca-certificates", "etc-pki-ca-trust", "etc-pki-tls-certs", "flexvolume-dir", "kubeconfig",
			"usr-share-ca-certificates", "usr-local-share-ca-certificates",
		},
		upstream.Scheduler: {"kubeconfig", "scheduler-config"},
	}
)

// mounted lists the paths that a component sees of the host.
func mounted(c *topology.Cluster, k component) []string {
	all := append([]string{}, kubeadmMounts[k.name]...)
	if audit := c.Spec.Kubernetes.APIServer.Audit; k.name == upstream.APIServer && audit.Enabled && path.IsAbs(audit.LogPath) {
		all = append(all, path.Dir(audit.LogPath))
	}
	if folder := c.KMSFolder(); k.name == upstream.APIServer && folder != "" {
		all = append(all, folder)
	}
	for _, v := range k.volumes {
		all = append(all, cmp.Or(v.MountPath, v.HostPath))
	}
	return all
}

func filesMounted(c *topology.Cluster, f *found) {
	if c.Binaries() {
		return // programs see the host's files as they are
	}
	for _, k := range components(c) {
		if kubeadmMounts[k.name] == nil {
			continue
		}
		seen := mounted(c, k)
		for _, name := range k.flags() {
			if strings.HasSuffix(name, "-path") && !strings.HasSuffix(name, "-log-path") || strings.Contains(name, "prefix") {
				continue // always-allow-paths and their like: of the API, not of the host
			}
			if _, owned := ownedFlag(c, k.name, name); owned {
				continue // refused, whatever it names
			}
			for _, value := range k.args[name] {
				if strings.HasPrefix(value, "/") && !strings.Contains(value, ",") && !covers(seen, value) && isFileFlag(name) {
					f.add(c, k.flag(name), "%s names %s, which no volume of %s brings", name, value, k.name).
						mend(`put %s on every control plane: khagen doesn't; and add {name: "%s", hostPath: "%s"} to extraVolumes`,
							value, volumeName(value), mountFor(value))
				}
			}
		}
	}
}

// isFileFlag says whether a flag's value is a file or folder of the host.
func isFileFlag(name string) bool {
	for _, part := range []string{"file", "config", "cert", "key", "dir", "log-path", "socket"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func covers(mounts []string, file string) bool {
	for _, m := range mounts {
		if file == m || strings.HasPrefix(file, strings.TrimSuffix(m, "/")+"/") {
			return true
		}
	}
	return false
}

// mountFor is what a file needs mounted: its folder, or the file alone where the folder has much that a container must not
// see, or has of its own: /, /etc, /var, /etc/kubernetes.
func mountFor(file string) string {
	folder := path.Dir(path.Clean(file))
	if path.Dir(folder) == "/" || folder == "/etc/kubernetes" {
		return path.Clean(file)
	}
	return folder
}

// volumeName proposes a name: the last part of what is mounted.
func volumeName(file string) string {
	name := strings.Trim(strings.ToLower(path.Base(mountFor(file))), ".-_/")
	return cmp.Or(strings.NewReplacer(".", "-", "_", "-").Replace(name), "files")
}

func volumesUnique(c *topology.Cluster, f *found) {
	if c.Binaries() {
		return // without a use, which is what KH006 says
	}
	for _, k := range components(c) {
		names, places := map[string]string{}, map[string]string{}
		for _, n := range kubeadmVolumes[k.name] {
			names[n] = "a volume that every " + k.name + " has"
		}
		for _, m := range kubeadmMounts[k.name] {
			places[m] = "mounted in every " + k.name
		}
		if audit := c.Spec.Kubernetes.APIServer.Audit; k.name == upstream.APIServer && audit.Enabled && path.IsAbs(audit.LogPath) {
			places[path.Dir(audit.LogPath)] = "mounted for the audit log"
		}
		if folder := c.KMSFolder(); k.name == upstream.APIServer && folder != "" {
			places[folder] = "mounted for the KMS plugin's socket"
		}
		for i, v := range k.volumes {
			at := append(k.at[:len(k.at)-1:len(k.at)-1], "extraVolumes", element(i))
			place := cmp.Or(v.MountPath, v.HostPath)
			if other := names[v.Name]; other != "" {
				f.add(c, at, "the name %s is that of %s", v.Name, other)
			}
			if other := places[place]; other != "" {
				f.add(c, at, "%s is %s", place, other)
			}
			names[v.Name], places[place] = "another volume", "mounted by another volume"
		}
	}
}
