package rules

import (
	"github.com/khagen/khagen/internal/topology"
)

// pinCommand prints the pin of a control plane's CA.
var pinCommand = pinOf("/etc/kubernetes/pki/ca.crt")

// pinOf is the command that prints the pin of a CA as kubeadm wants it, but for "sha256:" in front.
func pinOf(ca string) string {
	return "openssl x509 -pubkey -noout -in " + ca + " | openssl pkey -pubin -outform DER | openssl sha256"
}

var joinRules = []Rule{
	{
		ID: "KH197", Severity: Error,
		Title:   "hosts that join by token know the cluster by its CA",
		Reason:  "A token alone proves nothing about who answers: whoever takes the endpoint's place on the network could have the host join a cluster of their own. khagen doesn't render unsafeSkipCAVerification.",
		Hint:    "on a control plane run " + pinCommand + `, and write caCertHashes: ["sha256:…"] with its 64 digits`,
		Source:  "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning",
		cluster: joinsPinned,
	},
	{
		ID: "KH198", Severity: Warning,
		Title:   "hosts that join by token will know the cluster by its CA",
		Reason:  "Until the definition has the pin of the cluster's CA, hosts get no join.yaml. The CA is there once kubeadm init has run, or khagen pki init has made it.",
		Hint:    "on the host that kubeadm init was run on, run " + pinCommand + `, write caCertHashes: ["sha256:…"] with its 64 digits, and build again`,
		Source:  "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-with-ca-pinning",
		cluster: joinsPinnedLater,
	},
	{
		ID: "KH199", Severity: Error,
		Title:   "hosts that join by token may read cluster-info",
		Reason:  "kubeadm join reads the ConfigMap cluster-info before it has credentials; where nobody may do that it waits until it gives up.",
		Hint:    `use anonymousAuth: "health", which opens it beside the health checks, or discovery: "file", whose file has credentials`,
		Source:  "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/#turning-off-public-access-to-the-cluster-info-configmap",
		cluster: clusterInfoOpen,
	},
}

func joinsPinned(c *topology.Cluster, f *found) {
	if lacksPins(c) && c.Bootstrap == nil {
		f.add(c, field{"kubernetes", "join", "caCertHashes"}, "hosts join by token, and no CA is pinned")
	}
}

func joinsPinnedLater(c *topology.Cluster, f *found) {
	if lacksPins(c) && c.Bootstrap != nil {
		where, command := "after kubeadm init, run on "+c.Bootstrap.Name, pinCommand
		if c.NeedsPKI() {
			where, command = "after khagen pki init "+c.Spec.Name+", run", pinOf("pki/"+c.Spec.Name+"/ca.crt")
		}
		f.add(c, field{"kubernetes", "join", "caCertHashes"}, "no host can join yet: no CA is pinned").
			mend(`%s %s, write caCertHashes: ["sha256:…"] with its 64 digits, and build again`, where, command)
	}
}

func lacksPins(c *topology.Cluster) bool {
	return !c.Binaries() && c.JoinsByToken() && len(c.Spec.Kubernetes.Join.CACertHashes) == 0
}

func clusterInfoOpen(c *topology.Cluster, f *found) {
	if !c.Binaries() && c.JoinsByToken() && c.Spec.Kubernetes.APIServer.AnonymousAuth == "none" {
		f.add(c, field{"kubernetes", "apiServer", "anonymousAuth"}, `anonymousAuth is "none", and hosts join by token`)
	}
}
