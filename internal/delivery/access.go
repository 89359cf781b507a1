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
	data["Encryption"], data["KMS"] = []string(nil), ""
	e := k.APIServer.Encryption
	if e == nil {
		return
	}
	data["Encryption"] = slices.DeleteFunc(slices.Clone(e.Resources), func(r string) bool { return strings.Contains(r, "*") })
	if e.KMS != nil {
		data["KMS"] = e.KMS.Endpoint
	}
}
