package rules

import (
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

var kubeadmRules = []Rule{
	{
		ID: "KH190", Severity: Error,
		Title:   "kubeadm before 1.31 is given each flag once",
		Reason:  "Its configuration, v1beta3, has flags as a map: a component would get one of the values. Most flags that can be repeated take a list in one value, too.",
		Hint:    "write one value, with commas where the flag takes a list, or use Kubernetes 1.31",
		Source:  "https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/",
		cluster: flagsOnce,
	},
	{
		ID: "KH191", Severity: Error,
		Title:   "kubeadm before 1.31 makes certificates for a year, and CAs for ten",
		Reason:  "Its configuration, v1beta3, has no field for another time: what it makes would live longer or shorter than the definition says.",
		Hint:    "leave validity and caValidity out, or use Kubernetes 1.31",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/constants/constants.go of 1.30, CertificateValidity; cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go, CertificateValidityPeriod",
		cluster: validityKnown,
	},
	{
		ID: "KH192", Severity: Error,
		Title:   "the algorithm of kubeadm's keys is said in one place",
		Reason:  "The gate PublicKeysECDSA makes ECDSA-P256 keys, whatever the algorithm is.",
		Hint:    `delete it; certificates: algorithm: "ECDSA-P256" sets it where kubeadm needs it`,
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/types.go, EncryptionAlgorithmType",
		cluster: algorithmOnce,
	},
}

// flagsOnce leaves the kubelet out, whose flags khagen brings itself.
func flagsOnce(c *topology.Cluster, f *found) {
	if c.Binaries() || c.Version.AtLeast(1, 31) {
		return
	}
	for _, k := range components(c) {
		for _, name := range k.flags() {
			if values := len(k.args[name]); values > 1 && k.name != upstream.Kubelet {
				f.add(c, k.flag(name), "%s of %s has %d values, and kubeadm is %s", name, k.name, values, c.Version)
			}
		}
	}
}

func validityKnown(c *topology.Cluster, f *found) {
	if c.Binaries() || c.ExternalCA() || c.Version.AtLeast(1, 31) { // khagen pki knows any
		return
	}
	certificates := c.Spec.Kubernetes.Certificates
	check := func(name string, got schema.Duration, want time.Duration) {
		if got.Std() != want {
			f.add(c, field{"kubernetes", "certificates", name}, "%s is %s, and kubeadm %s knows only %s", name, short(got.Std()), c.Version, short(want))
		}
	}
	const year = 365 * 24 * time.Hour
	check("validity", certificates.Validity, year)
	if !c.NeedsPKI() { // else khagen pki makes the CAs
		check("caValidity", certificates.CAValidity, 10*year)
	}
}

func algorithmOnce(c *topology.Cluster, f *found) {
	if _, set := c.Spec.Kubernetes.FeatureGates["PublicKeysECDSA"]; set && !c.Binaries() {
		f.add(c, field{"kubernetes", "featureGates", "PublicKeysECDSA"}, "PublicKeysECDSA follows from kubernetes.certificates.algorithm")
	}
}
