package generators

import (
	"fmt"
	"net/netip"
	"path"
	"strconv"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

const (
	kubeVIP           = "kube-vip"
	kubeVIPImage      = "ghcr.io/kube-vip/kube-vip:v"
	kubeVIPKubeconfig = "/etc/kubernetes/admin.conf" // where kube-vip looks for it, in the container
)

func newKubeVIP(c *topology.Cluster) HostFiles {
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsKubeVIP() {
			return nil, nil
		}
		var files []tree.File
		var hash map[string]string
		if c.Binaries() {
			content, err := kubeconfig(c, kubeVIP, localServer(h), certificateOf(c, topology.KubeVIPCertificate))
			if err != nil {
				return nil, err
			}
			hash = configHash(content)
			files = append(files, tree.File{
				Path: c.Kubeconfig(kubeVIP), Kind: tree.KindFile, Mode: 0o600, Content: content, Phase: tree.PhaseLoadBalancer,
			})
		}
		manifest, err := podFile(c, unconfined(h, kubeVIPPod(h, hash)))
		if c.HasBGPPasswords() {
			manifest.Kind = tree.KindSecret // a static pod can't refer to a Secret of Kubernetes
		}
		return append(files, manifest), err
	}
}

// kubeVIPHost is the API server of kube-vip's own host: a name that every API server's certificate has.
const kubeVIPHost = "kubernetes"

// kubeVIPPod speaks to the API server of its own host alone.
// Files that are not there yet hold it back: kubeadm writes them when the host becomes a control plane.
func kubeVIPPod(h *topology.Host, hash map[string]string) pod {
	main := container{
		Name: kubeVIP, Image: kubeVIPImage + h.Cluster.Spec.VIP.KubeVIP.Version, Args: []string{"manager"}, Env: kubeVIPEnv(h),
		Resources:       resources{Requests: map[string]string{"cpu": "25m", "memory": "64Mi"}},
		SecurityContext: securityContext{Capabilities: capabilities{Add: []string{"NET_ADMIN", "NET_RAW"}, Drop: []string{"ALL"}}},
	}
	var volumes []podVolume
	mount := func(v podVolume, path string) {
		volumes = append(volumes, v)
		main.VolumeMounts = append(main.VolumeMounts, volumeMount{v.Name, true, path})
	}
	c := h.Cluster
	mount(podVolume{Name: "kubeconfig", HostPath: &hostPath{h.KubeVIPLogin(), "File"}}, kubeVIPKubeconfig)
	if c.Binaries() {
		certificate := path.Dir(c.PKIFile(topology.KubeVIPCertificate))
		mount(folder("certificate", certificate), certificate)
	}
	if c.Binaries() || c.KubeVIPChecks() {
		ca := c.PKIFile("ca.crt")
		mount(podVolume{Name: "ca", HostPath: &hostPath{ca, "File"}}, ca)
	}
	// On its way out kube-vip takes the address off the interface and gives the lease back, or withdraws its route.
	return newPod(kubeVIP, podSpec{
		Volumes: volumes, Containers: []container{main}, TerminationGracePeriodSeconds: 10,
		HostAliases: []hostAlias{{ownAPIServer(h).String(), []string{kubeVIPHost}}},
	}, hash)
}

// kubeVIPAccess lets kube-vip hold its lease, and nothing else.
func kubeVIPAccess() []any {
	const name, namespace = "khagen:kube-vip", "kube-system"
	leases := policyRule{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}}
	create, hold := leases, leases
	create.Verbs = []string{"create"} // of what is made, no name is known yet
	hold.ResourceNames, hold.Verbs = []string{topology.KubeVIPLease}, []string{"get", "update"}
	return []any{
		clusterRole{rbacGroup + "/v1", "Role", metadata{Name: name, Namespace: namespace}, []policyRule{create, hold}},
		roleBinding{
			rbacGroup + "/v1", "RoleBinding",
			metadata{Name: name, Namespace: namespace},
			[]subject{{Kind: "User", APIGroup: rbacGroup, Name: topology.KubeVIPUser}},
			roleRef{rbacGroup, "Role", name},
		},
	}
}

// kubeVIPEnv is all that kube-vip is told (https://kube-vip.io/docs/installation/flags/#environment-variables).
func kubeVIPEnv(h *topology.Host) []envVar {
	c := h.Cluster
	var addresses []netip.Addr
	var prefixes []int
	for _, v := range c.VIPs {
		addresses, prefixes = append(addresses, v.Address), append(prefixes, v.Bits())
	}
	env := []envVar{
		{Name: "cp_enable", Value: "true"},
		{Name: "cp_namespace", Value: "kube-system"},
		{Name: "port", Value: strconv.Itoa(c.Spec.Kubernetes.APIServer.Port)}, // of the API server, whatever the VIP leads to
		{Name: "address", Value: joined(addresses)},
		{Name: "vip_subnet", Value: joined(prefixes)},
		{Name: "vip_nodename", Value: h.NodeName},
		{Name: "prometheus_server", Value: topology.HostPort(c.Loopback(), topology.KubeVIPMetricsPort)},
	}
	if c.AnswersARP() {
		return append(env, kubeVIPByARP(h)...)
	}
	return append(env, kubeVIPByBGP(h)...)
}

func kubeVIPByARP(h *topology.Host) []envVar {
	c := h.Cluster
	lease := c.Spec.VIP.KubeVIP.Lease
	return []envVar{
		// From 1.2 on it would ask the server of kubeadm's admin.conf for its lease: the VIP, which nobody has before there is a holder.
		{Name: "kubernetes_addr", Value: fmt.Sprintf("https://%s:%d", kubeVIPHost, c.Spec.Kubernetes.APIServer.Port)},
		{Name: "vip_interface", Value: h.Spec.Interface},
		{Name: "vip_arp", Value: "true"},
		{Name: "vip_leaderelection", Value: "true"},
		{Name: "vip_leasename", Value: topology.KubeVIPLease},
		{Name: "vip_leaseduration", Value: seconds(lease.Duration)},
		{Name: "vip_renewdeadline", Value: seconds(lease.RenewDeadline)},
		{Name: "vip_retryperiod", Value: seconds(lease.RetryPeriod)},
	}
}

func kubeVIPByBGP(h *topology.Host) []envVar {
	c := h.Cluster
	env := []envVar{
		{Name: "vip_interface", Value: "lo"}, // the routers lead here; nobody asks for the address on a wire
		{Name: "bgp_enable", Value: "true"},
		{Name: "bgp_routerid", Value: h.BGPRouterID().String()},
		{Name: "bgp_as", Value: strconv.Itoa(h.BGPAS())},
		{Name: "bgp_peers", Value: templateText(c.BGPPeers(tree.Secret))},
	}
	if !c.KubeVIPChecks() {
		return env
	}
	const check = "control_plane_health_check_"
	return append(env,
		envVar{Name: check + "address", Value: "https://" + topology.HostPort(answersHere(h)) + "/readyz"},
		envVar{Name: check + "ca_path", Value: c.PKIFile("ca.crt")},
		envVar{Name: check + "period_seconds", Value: strconv.Itoa(int(topology.KubeVIPCheckPeriod.Seconds()))},
		envVar{Name: check + "timeout_seconds", Value: strconv.Itoa(int(topology.KubeVIPCheckTimeout.Seconds()))},
		envVar{Name: check + "failure_threshold", Value: strconv.Itoa(topology.KubeVIPCheckFailures)},
	)
}

// answersHere is what the VIP leads to on the host: its balancer, or its API server.
func answersHere(h *topology.Host) (address netip.Addr, port int) {
	c := h.Cluster
	if !h.IsLoadBalancer() {
		return ownAPIServer(h), c.Spec.Kubernetes.APIServer.Port
	}
	return c.Loopback(), c.LoadBalancerPort
}
