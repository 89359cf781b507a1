package topology

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/schema"
)

// KubeadmPatches is the folder of patches that kubeadm lays over what it writes on a host: khagen's and the user's own.
const KubeadmPatches = "/etc/kubernetes/patches"

// Gets says whether a file of the user's own is one for this host; one of a narrower level or a nearer folder may take its place.
func (h *Host) Gets(f *schema.OwnFile) bool {
	return f.Host == h.Name || f.Role != "" && h.Is(f.Role) || f.Host == "" && f.Role == ""
}

// HasOwnPatches says whether the host gets patches for kubeadm from the user.
func (h *Host) HasOwnPatches() bool {
	return h.IsNode() && !h.Cluster.Binaries() && slices.ContainsFunc(h.Cluster.Spec.OwnFiles, func(f schema.OwnFile) bool {
		return strings.HasPrefix(f.Path, KubeadmPatches+"/") && h.Gets(&f)
	})
}
