package delivery

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

// tellAccess adds what the README says of joins by token, certificates that khagen pki issues for kubeadm, proxies and
// encryption at rest.
func tellAccess(c *topology.Cluster, data map[string]any) {
	k := c.Spec.Kubernetes
	data["Token"], data["Pinned"], data["Issued"] = "", len(k.Join.CACertHashes) > 0, c.ExternalCA()
	if c.JoinsByToken() {
		data["Token"] = k.Join.TokenSecret
	}
	data["Proxy"] = slices.ContainsFunc(c.Hosts, func(h *topology.Host) bool { return len(h.ProxyUnits()) > 0 })
	data["Encryption"], data["KMS"] = k.APIServer.Encryption != nil, ""
	e := k.APIServer.Encryption
	var resources, patterns []string
	if e == nil {
		return
	}
	for _, r := range e.Resources {
		if strings.Contains(r, "*") {
			patterns = append(patterns, "`"+r+"`") // kubectl get takes none
		} else {
			resources = append(resources, r)
		}
	}
	data["Resources"], data["Patterns"] = resources, strings.Join(patterns, " and ")
	if e.KMS != nil {
		data["KMS"] = e.KMS.Endpoint
	}
}
