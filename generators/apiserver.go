package generators

import (
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// newAPIServer renders kube-apiserver as a unit. The flags are kubeadm's where it has the same, and what the CIS
// benchmark asks for beside them.
func newAPIServer(c *topology.Cluster) HostFiles {
	if !c.Binaries() {
		return none
	}
	s := controlPlaneService(c, "kube-apiserver")
	return func(h *topology.Host) ([]tree.File, error) {
		if !isControlPlane(h) {
			return nil, nil
		}
		unit, err := s.hardened(apiServerUnit(c))
		return []tree.File{s.flags(args(apiServerUnitFlags(h), c.Spec.Kubernetes.APIServer.ExtraArgs)), unit}, err
	}
}

// stopTime is what an API server needs to end the requests that it has, beyond its shutdown delay: 60 s and some.
const stopTime = 90

func apiServerUnit(c *topology.Cluster) hardenedUnit {
	a := c.Spec.Kubernetes.APIServer
	unit := hardenedUnit{
		Description: "Kubernetes API server", Documentation: componentDocs + "kube-apiserver/", Type: "notify",
	}
	if delay := shutdownDelay(c); delay > 0 {
		unit.Settings = append(unit.Settings, "TimeoutStopSec="+strconv.Itoa(stopTime+int(delay.Seconds())))
	}
	if a.Port < 1024 {
		unit.Capabilities = "CAP_NET_BIND_SERVICE"
	}
	if a.Audit.Enabled {
		folder := path.Dir(a.Audit.LogPath)
		unit.Prepare = []string{"/usr/bin/mkdir --parents --mode=0700 " + folder}
		unit.Writes = []string{folder}
	}
	return unit
}

func apiServerUnitFlags(h *topology.Host) map[string]string {
	c := h.Cluster
	k := c.Spec.Kubernetes
	issuer := "https://kubernetes.default.svc." + k.Networking.DNSDomain
	flags := map[string]string{
		"advertise-address": h.Address().String(),
		"allow-privileged":  "true", // CNIs and kube-proxy's like need it; admission decides who else
		"secure-port":       strconv.Itoa(k.APIServer.Port),
		"profiling":         "false",
		"tls-min-version":   "VersionTLS12",

		"client-ca-file":                   c.PKIFile("ca.crt"),
		"tls-cert-file":                    c.PKIFile("apiserver.crt"),
		"tls-private-key-file":             c.PKIFile("apiserver.key"),
		"service-account-issuer":           issuer,
		"service-account-key-file":         c.PKIFile("sa.pub"),
		"service-account-signing-key-file": c.PKIFile("sa.key"),
		"service-cluster-ip-range":         joined(k.Networking.ServiceCIDRs),

		"kubelet-certificate-authority":   c.PKIFile("ca.crt"),
		"kubelet-client-certificate":      c.PKIFile("apiserver-kubelet-client.crt"),
		"kubelet-client-key":              c.PKIFile("apiserver-kubelet-client.key"),
		"kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",

		"proxy-client-cert-file":             c.PKIFile("front-proxy-client.crt"),
		"proxy-client-key-file":              c.PKIFile("front-proxy-client.key"),
		"requestheader-allowed-names":        "front-proxy-client",
		"requestheader-client-ca-file":       c.PKIFile("front-proxy-ca.crt"),
		"requestheader-extra-headers-prefix": "X-Remote-Extra-",
		"requestheader-group-headers":        "X-Remote-Group",
		"requestheader-username-headers":     "X-Remote-User",
	}
	maps.Copy(flags, apiServerFlags(c))
	maps.Copy(flags, etcdClientFlags(c))
	if k.APIServer.Bind == "address" {
		flags["bind-address"] = h.Address().String()
	}
	if _, own := k.APIServer.ExtraArgs["authorization-config"]; !own { // either or
		flags["authorization-mode"] = "Node,RBAC"
	}
	if c.JoinsByToken() {
		flags["enable-bootstrap-token-auth"] = "true"
	}
	if !h.IsNode() { // nothing routes the addresses of services there: the pods behind aggregated APIs are asked directly
		flags["enable-aggregator-routing"] = "true"
	}
	return flags
}

func etcdClientFlags(c *topology.Cluster) map[string]string {
	ca, cert, key := c.EtcdClientFiles()
	return map[string]string{
		"etcd-cafile": ca, "etcd-certfile": cert, "etcd-keyfile": key, "etcd-servers": strings.Join(c.EtcdEndpoints(), ","),
	}
}

// controlPlaneService is a component of the control plane.
func controlPlaneService(c *topology.Cluster, component string) service {
	return service{c, component, tree.PhaseControlPlane}
}

// componentDocs is where a component's manual page lies.
const componentDocs = "https://kubernetes.io/docs/reference/command-line-tools-reference/"
