package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Needs is what hosts of a lab need of a definition. It comes beside it, as somebody would adapt a cluster to machines like these, but
// for edits.
type Needs struct {
	Edits   []Edit // of what the definition itself says
	Fields  string // of CUE, in a file of their own
	Patches string // of kubeadm's documents: the list of a kustomization.yaml, which the definition then has none of
}

// Nodes is what kubelets and kube-proxies need:
//   - Containers get cgroups below their host's own, which systemd wouldn't find, and of version 1 where the machine has
//     no other.
//   - The disk is the machine's, however full it is, and what others have on it isn't the kubelet's to clean up.
//   - How many connections are tracked is the machine's to say.
var Nodes = Needs{Fields: `
cluster: kubernetes: {
	kubelet: config: {
		cgroupDriver: "cgroupfs"
		failCgroupV1: false
		evictionHard: {"imagefs.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%"}
		imageGCHighThresholdPercent: 100
	}
	kubeProxy: config: conntrack: {maxPerCore: 0, min: 0}
}
`}

// Kubeadm is what kubeadm needs on such nodes. It refuses control groups of version 1, whatever the kubelet is told. Names of Services
// are nothing that the lab asks for, so that there is no image of CoreDNS.
var Kubeadm = Needs{Patches: `
- target: {kind: InitConfiguration}
  patch: "nodeRegistration: {ignorePreflightErrors: [SystemVerification]}"
- target: {kind: JoinConfiguration}
  patch: "nodeRegistration: {ignorePreflightErrors: [SystemVerification]}"
- target: {kind: ClusterConfiguration}
  patch: "dns: {disabled: true}"
`}

// Mirror has nodes ask one server for the images of registries.
func Mirror(url string, registries ...string) Needs {
	var fields strings.Builder
	for _, name := range registries {
		fmt.Fprintf(&fields, "cluster: machine: registries: %q: mirrors: [{url: %q}]\n", name, url)
	}
	return Needs{Fields: fields.String()}
}

// And joins needs.
func (n Needs) And(others ...Needs) Needs {
	for _, other := range others {
		n.Edits = slices.Concat(n.Edits, other.Edits)
		n.Fields += other.Fields
		n.Patches += other.Patches
	}
	return n
}

func (n Needs) write(definition string) error {
	for _, e := range n.Edits {
		if err := e.apply(definition); err != nil {
			return err
		}
	}
	if n.Fields != "" {
		if err := os.WriteFile(filepath.Join(definition, "lab.cue"), []byte("package fleet\n"+n.Fields), 0o644); err != nil {
			return err
		}
	}
	if n.Patches == "" {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(definition, "kustomization.yaml"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:%s", n.Patches)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
