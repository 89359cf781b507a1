package upstream

// KubeadmAdminGroup is the group of kubeadm's administrators: one that RBAC can take the rights from, since 1.29.
// Source: cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go of 1.28 and 1.29.
func KubeadmAdminGroup(v Version) string {
	if v.AtLeast(1, 29) {
		return "kubeadm:cluster-admins"
	}
	return "system:masters"
}

// KubeletClientGroup is the group of the certificate that API servers show to kubelets. Since 1.37, and late patches of the
// versions before, kubeadm binds its user itself. Source: cmd/kubeadm/app/phases/certs/certlist.go.
func KubeletClientGroup(v Version) string {
	if v.AtLeast(1, 37) {
		return ""
	}
	return KubeadmAdminGroup(v)
}
