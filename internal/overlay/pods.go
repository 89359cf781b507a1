package overlay

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// podUse is an action of a file for a static pod.
type podUse struct{ file, pod string }

// usePods notes the static pods that a file's settings name, and whether the host has them.
func (o *own) usePods(h *topology.Host, file string, all []tree.Action) {
	for _, a := range all {
		if a.Unit != "" && !isUnit(a.Unit) {
			use := podUse{file, a.Unit}
			o.pods[use] = o.pods[use] || o.hasPod(h, a.Unit)
		}
	}
}

// kubeadmPods are those that kubeadm makes on control planes.
var kubeadmPods = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"}

// hasPod says whether a static pod of this name is known on a host: of kubeadm's, of khagen's or of the user's own.
func (o *own) hasPod(h *topology.Host, name string) bool {
	if h.Is(topology.RoleControlPlane) && !o.cluster.Binaries() && slices.Contains(kubeadmPods, name) {
		return true
	}
	isManifest := func(file string) bool {
		return path.Base(path.Dir(file)) == "manifests" && strings.TrimSuffix(path.Base(file), ".yaml") == name
	}
	for at := range o.rendered {
		if at.host == h.Name && isManifest(at.path) {
			return true
		}
	}
	return slices.ContainsFunc(o.cluster.Spec.OwnFiles, func(f schema.OwnFile) bool { return isManifest(f.Path) })
}

// notifiesNobody reports static pods that no host with the file has: a unit without its ending is taken for one.
func (o *own) notifiesNobody() {
	uses := slices.SortedFunc(maps.Keys(o.pods), func(a, b podUse) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.pod, b.pod)) })
	for _, use := range uses {
		if !o.pods[use] {
			o.report(schema.Error{
				Pos: o.position(use.file, "notify"), Path: settingPath(use.file, "notify"), Problem: "no host that gets the file has a static pod called " + use.pod,
				Hint: "for a unit of systemd write its ending, too: " + use.pod + ".service",
			})
		}
	}
}
