package generators

import (
	"maps"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// Kubernetes 1.28 to 1.30 know only kubeadm.k8s.io/v1beta3. All objects are built as v1beta4; what follows is all in which
// the two differ (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/). What v1beta3 has no words for
// is refused by rules: KH190, KH191, KH127.

const kubeadmV1beta3 = "kubeadm.k8s.io/v1beta3"

// extraArgs are a component's flags: in v1beta4 a list, in v1beta3 a map, which has each flag once.
type extraArgs struct {
	list   []arg
	mapped bool
}

// IsZero lets a component without flags be left out.
func (e extraArgs) IsZero() bool { return len(e.list) == 0 }

// MarshalYAML gives the version's form.
func (e extraArgs) MarshalYAML() (any, error) {
	if !e.mapped {
		return e.list, nil
	}
	flags := map[string]string{}
	for _, a := range e.list {
		flags[a.Name] = a.Value
	}
	return flags, nil
}

// inItsVersion gives a ClusterConfiguration the form of its apiVersion.
func (config clusterConfiguration) inItsVersion() clusterConfiguration {
	if config.APIVersion != kubeadmV1beta3 {
		return config
	}
	for _, e := range []*extraArgs{&config.APIServer.ExtraArgs, &config.ControllerManager.ExtraArgs, &config.Scheduler.ExtraArgs} {
		e.mapped = true
	}
	if config.Etcd.Local != nil {
		config.Etcd.Local.ExtraArgs.mapped = true
	}
	if config.EncryptionAlgorithm == "ECDSA-P256" {
		gates := map[string]bool{"PublicKeysECDSA": true}
		maps.Copy(gates, config.FeatureGates)
		config.FeatureGates = gates
	}
	config.Proxy = nil // see skippedPhases
	config.EncryptionAlgorithm, config.CertificateValidityPeriod, config.CACertificateValidityPeriod = "", "", ""
	return config
}

// skippedPhases keep kube-proxy away where ClusterConfiguration can't say so.
func skippedPhases(c *topology.Cluster) []string {
	if upstream.KubeadmAPI(c.Version) == kubeadmV1beta3 && !c.RunsKubeProxy() {
		return []string{"addon/kube-proxy"}
	}
	return nil
}
