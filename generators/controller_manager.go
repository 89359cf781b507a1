package generators

import (
	"maps"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// newControllerManager renders kube-controller-manager as a unit. It serves on the loopback alone, and works with the API
// server of its own host: where that fails, another host's takes over.
func newControllerManager(c *topology.Cluster) HostFiles {
	if !c.Binaries() {
		return none
	}
	s := controlPlaneService(c, "kube-controller-manager")
	return func(h *topology.Host) ([]tree.File, error) {
		if !isControlPlane(h) {
			return nil, nil
		}
		kubeconfig, err := s.kubeconfig(localServer(h), certificateOf(c, "controller-manager"))
		if err != nil {
			return nil, err
		}
		unit, err := s.hardened(hardenedUnit{
			Description: "Kubernetes controller manager", Documentation: componentDocs + "kube-controller-manager/",
			Type: "exec", After: topology.Unit("kube-apiserver"),
		})
		flags := args(controllerManagerFlags(c), c.Spec.Kubernetes.ControllerManager.ExtraArgs)
		return []tree.File{s.flags(flags), kubeconfig, unit}, err
	}
}

func controllerManagerFlags(c *topology.Cluster) map[string]string {
	k, kubeconfig := c.Spec.Kubernetes, c.Kubeconfig("kube-controller-manager")
	flags := map[string]string{
		"kubeconfig":                kubeconfig,
		"authentication-kubeconfig": kubeconfig,
		"authorization-kubeconfig":  kubeconfig,
		"bind-address":              c.Loopback().String(),
		"profiling":                 "false",

		"allocate-node-cidrs":      "true",
		"cluster-cidr":             joined(k.Networking.PodCIDRs),
		"cluster-name":             c.Spec.Name,
		"service-cluster-ip-range": joined(k.Networking.ServiceCIDRs),

		"client-ca-file":                   c.PKIFile("ca.crt"),
		"requestheader-client-ca-file":     c.PKIFile("front-proxy-ca.crt"),
		"root-ca-file":                     c.PKIFile("ca.crt"),
		"service-account-private-key-file": c.PKIFile("sa.key"),
		"use-service-account-credentials":  "true", // each controller with its own rights
	}
	maps.Copy(flags, nodeMaskFlags(c))
	if k.Certificates.CAKeyOnHosts {
		flags["cluster-signing-cert-file"] = c.PKIFile("ca.crt")
		flags["cluster-signing-key-file"] = c.PKIFile("ca.key")
		flags["cluster-signing-duration"] = validity(k.Certificates.Validity)
	}
	if c.JoinsByToken() {
		flags["controllers"] = "*,bootstrapsigner,tokencleaner"
	}
	return flags
}
