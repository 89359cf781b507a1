package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// clusterObjectFiles are the objects that kubeadm would have made, for kubectl apply -f of the whole folder.
func clusterObjectFiles(c *topology.Cluster) ([]tree.File, error) {
	if !c.Binaries() {
		return nil, nil
	}
	access, err := clusterObjectFile(c, "access.yaml", accessObjects(c)...)
	if err != nil {
		return nil, err
	}
	dns, err := coreDNSObjects(c)
	if err != nil {
		return nil, err
	}
	coreDNS, err := clusterObjectFile(c, "coredns.yaml", dns...)
	return []tree.File{access, coreDNS}, err
}

func clusterObjectFile(c *topology.Cluster, name string, objects ...any) (tree.File, error) {
	content, err := marshal(objects...)
	return tree.File{
		Path: "cluster/" + name, Kind: tree.KindObject, Mode: 0o644, Content: append([]byte(header(c)), content...),
	}, err
}

// accessObjects bind what no API server binds by itself. kube-proxy, controller manager and scheduler have their roles by
// the names in their certificates (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go), kubelets by the Node authorizer.
func accessObjects(c *topology.Cluster) []any {
	objects := []any{
		bindGroup("khagen:cluster-admins", "cluster-admin", "kubeadm:cluster-admins"),
		bindUser("khagen:apiserver-kubelet-client", "system:kubelet-api-admin", "kube-apiserver-kubelet-client"),
	}
	if c.AnswersARP() {
		objects = append(objects, kubeVIPAccess()...)
	}
	if !c.JoinsByToken() {
		return objects
	}
	const request = "system:certificates.k8s.io:certificatesigningrequests:"
	return append(objects,
		bindGroup("khagen:node-bootstrapper", "system:node-bootstrapper", "system:bootstrappers"),
		bindGroup("khagen:approve-first-client-certificates", request+"nodeclient", "system:bootstrappers"),
		bindGroup("khagen:approve-renewed-client-certificates", request+"selfnodeclient", "system:nodes"),
	)
}
