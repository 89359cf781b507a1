package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var certificateRules = []Rule{
	{
		ID: "KH136", Severity: Error,
		Title:   "somebody signs the certificates that kubelets ask for",
		Reason:  "Without the CA's key the controller manager signs none: a kubelet that joins a cluster of binaries by token waits for ever, and one that asks for the certificate that it serves with serves nobody.",
		Hint:    `leave caKeyOnHosts out, or use join.discovery: "file": khagen pki issues the certificates then`,
		Source:  "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#kube-controller-manager-configuration",
		cluster: requestsSigned,
	},
	{
		ID: "KH137", Severity: Error,
		Title:   "hosts that join by token have one",
		Reason:  "Their kubelets log in with it; without one nobody joins.",
		Hint:    `write tokenSecret: "bootstrap_token", and bring the token when the files are delivered`,
		Source:  "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/",
		cluster: tokenNamed,
	},
	{
		ID: "KH138", Severity: Warning,
		Title:   "names that lead to the API are in its certificates",
		Reason:  "Clients that use another name refuse the connection: the certificate is valid for others.",
		Hint:    "add the name to kubernetes.apiServer.certSANs",
		Source:  "https://www.rfc-editor.org/rfc/rfc9525#section-6",
		cluster: namesCertified,
	},
}

func requestsSigned(c *topology.Cluster, f *found) {
	if c.Spec.Kubernetes.Certificates.CAKeyOnHosts {
		return
	}
	at := field{"kubernetes", "certificates", "caKeyOnHosts"}
	if c.Binaries() && c.JoinsByToken() {
		f.add(c, at, "hosts join by token, and no control plane has the CA's key")
	}
	if c.Binaries() {
		return // serverTLSBootstrap is khagen's there: KH102
	}
	for _, k := range configurations(c) {
		if asks, _ := k.config["serverTLSBootstrap"].(bool); k.kind == "kubelet" && asks {
			f.add(c, append(slices.Clone(k.at), "serverTLSBootstrap"), "kubelets ask for the certificates that they serve with, and no control plane has the CA's key").
				mend("delete it: kubelets sign their own then; or leave caKeyOnHosts out")
		}
	}
}

func tokenNamed(c *topology.Cluster, f *found) {
	if c.JoinsByToken() && c.Spec.Kubernetes.Join.TokenSecret == "" {
		f.add(c, field{"kubernetes", "join", "discovery"}, "hosts join by token, and no tokenSecret is named")
	}
}

// namesCertified looks at lines of /etc/hosts that give a name to the endpoint's address or the VIP, which lead nowhere but
// to the API.
func namesCertified(c *topology.Cluster, f *found) {
	var addresses []string
	for _, a := range c.EndpointAddresses {
		addresses = append(addresses, a.String())
	}
	for _, v := range c.VIPs {
		addresses = append(addresses, v.Address.String())
	}
	check := func(below field, entries map[string][]string) {
		for _, address := range slices.Sorted(maps.Keys(entries)) {
			if !slices.Contains(addresses, address) {
				continue
			}
			for _, name := range entries[address] {
				if !certified(c, name) && !isHostName(c, name) {
					f.add(c, append(slices.Clone(below), "etcHosts", "entries", address), "%s leads to the API, and its certificates don't have the name", name).
						mend("add %q to kubernetes.apiServer.certSANs", strings.ToLower(name))
				}
			}
		}
	}
	if e := c.Spec.Machine.EtcHosts; e != nil {
		check(field{"machine"}, e.Entries)
	}
	for _, h := range c.Hosts {
		if e := h.Spec.Machine.EtcHosts; e != nil {
			check(field{"hosts", h.Name, "machine"}, e.Entries)
		}
	}
}

// certified says whether the certificates of API servers are valid for a name. A star stands for one label.
func certified(c *topology.Cluster, name string) bool {
	name = strings.ToLower(name)
	_, parent, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(c.CertSANs, func(san string) bool { return san == name || parent != "" && san == "*."+parent })
}

func isHostName(c *topology.Cluster, name string) bool {
	return slices.ContainsFunc(c.Hosts, func(h *topology.Host) bool { return h.Name == name || h.NodeName == name })
}
