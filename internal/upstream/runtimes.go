package upstream

import "slices"

// DefaultContainerd is the release of containerd where the definition names none. It has support until 2028. Source:
// RELEASES.md of containerd/containerd.
const DefaultContainerd = "2.3"

// CRIOFor is the release of CRI-O, major.minor, that belongs to a version of Kubernetes: the same one. Source:
// https://github.com/cri-o/cri-o#compatibility-matrix-cri-o--kubernetes.
func CRIOFor(v Version) string { return v.MajorMinor() }

// Releases of containerd that khagen knows, major.minor. Source: RELEASES.md of containerd/containerd.
var containerdReleases = []string{"1.6", "1.7", "2.0", "2.1", "2.2", "2.3", "2.4"}

// ContainerdReleases are the releases of containerd that are known, oldest first.
func ContainerdReleases() []string { return slices.Clone(containerdReleases) }

// containerdPairing is the oldest containerd that upstream recommends with a minor version of Kubernetes. Older ones of
// the same table still work. Source: RELEASES.md of containerd/containerd, "Kubernetes Support", as of each version's time.
var containerdPairing = map[int]string{
	28: "1.6", 29: "1.6", 30: "1.6", 31: "1.7", 32: "1.7", 33: "1.7", 34: "1.7", 35: "1.7", 36: "2.2", 37: "2.3",
}

// ContainerdFor is the oldest containerd, major.minor, that goes with a version of Kubernetes; empty where unknown.
func ContainerdFor(v Version) string { return containerdPairing[v.Minor] }

// haproxyMaintained are the branches of HAProxy that get fixes. Source: https://www.haproxy.org/ and haproxy -v.
var haproxyMaintained = []string{"2.6", "2.8", "3.0", "3.2", "3.3", "3.4"}

// HAProxyMaintained are the branches of HAProxy, major.minor, that get fixes, oldest first.
func HAProxyMaintained() []string { return slices.Clone(haproxyMaintained) }

// nginxMaintained are the branches of nginx that get fixes: stable and mainline. Source: https://nginx.org/en/CHANGES.
var nginxMaintained = []string{"1.30", "1.31"}

// NginxMaintained are the branches of nginx, major.minor, that get fixes, oldest first.
func NginxMaintained() []string { return slices.Clone(nginxMaintained) }
