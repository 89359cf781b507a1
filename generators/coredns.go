package generators

import (
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

const (
	dnsNamespace = "kube-system"
	dnsName      = "coredns"
	dnsRole      = "system:coredns"
)

var (
	corefile  = embedded("Corefile.tmpl")
	dnsLabels = map[string]string{"k8s-app": "kube-dns"}
)

// coreDNSObjects are the cluster's DNS under the names that kubeadm and everybody's dashboards use
// (https://github.com/kubernetes/dns/blob/master/docs/specification.md).
func coreDNSObjects(c *topology.Cluster) ([]any, error) {
	text, err := corefile().Render(map[string]any{"Domain": c.Spec.Kubernetes.Networking.DNSDomain})
	if err != nil {
		return nil, err
	}
	account := subject{Kind: "ServiceAccount", Name: dnsName, Namespace: dnsNamespace}
	return []any{
		typed{"v1", "ServiceAccount", dnsMetadata(dnsName, nil)},
		clusterRole{rbacGroup + "/v1", "ClusterRole", metadata{Name: dnsRole}, []policyRule{
			{APIGroups: []string{""}, Resources: []string{"endpoints", "services", "pods", "namespaces"}, Verbs: []string{"list", "watch"}},
			{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: []string{"list", "watch"}},
		}},
		clusterRoleBinding(dnsRole, dnsRole, account),
		configMap{typed{"v1", "ConfigMap", dnsMetadata(dnsName, nil)}, map[string]string{"Corefile": string(text)}},
		dnsDeployment(c),
		disruptionBudget{
			typed{"policy/v1", "PodDisruptionBudget", dnsMetadata(dnsName, dnsLabels)},
			disruptionBudgetSpec{labelSelector{dnsLabels}, 1},
		},
		dnsService(c),
	}, nil
}

func dnsMetadata(name string, labels map[string]string) metadata {
	return metadata{Name: name, Namespace: dnsNamespace, Labels: labels}
}

func dnsService(c *topology.Cluster) k8sService {
	m := dnsMetadata("kube-dns", map[string]string{
		"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS",
	})
	m.Annotations = map[string]string{"prometheus.io/port": "9153", "prometheus.io/scrape": "true"}
	spec := k8sServiceSpec{
		Ports:     []servicePort{{"dns", "UDP", 53, "dns"}, {"dns-tcp", "TCP", 53, "dns-tcp"}, {"metrics", "TCP", 9153, "metrics"}},
		Selector:  dnsLabels,
		ClusterIP: c.ClusterDNS[0],
	}
	if len(c.ClusterDNS) > 1 {
		spec.ClusterIPs, spec.IPFamilyPolicy = c.ClusterDNS, "RequireDualStack"
		for _, f := range c.Families {
			spec.IPFamilies = append(spec.IPFamilies, f.String())
		}
	}
	return k8sService{typed{"v1", "Service", m}, spec}
}

// dnsDeployment replaces one pod after the other without a third one beside them, for which a small cluster has no host.
func dnsDeployment(c *topology.Cluster) deployment {
	return deployment{typed{"apps/v1", "Deployment", dnsMetadata(dnsName, dnsLabels)}, deploymentSpec{
		Replicas: 2,
		Selector: labelSelector{dnsLabels},
		Template: podTemplate{templateMetadata{dnsLabels}, dnsPodSpec{
			Volumes:            []configMapVolume{{"config", configMapRef{dnsName, []keyToPath{{"Corefile", "Corefile"}}}}},
			Containers:         []dnsContainer{coreDNSContainer(c)},
			DNSPolicy:          "Default", // asks the servers of its host, never itself
			NodeSelector:       map[string]string{"kubernetes.io/os": "linux"},
			ServiceAccountName: dnsName,
			SecurityContext:    podSecurity{seccompProfile{"RuntimeDefault"}},
			Affinity:           affinity{dnsAntiAffinity(c)},
			Tolerations: []toleration{
				{Key: "CriticalAddonsOnly", Operator: "Exists"},
				{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"},
			},
			PriorityClassName: "system-cluster-critical",
		}},
		Strategy: deploymentStrategy{"RollingUpdate", rollingUpdate{MaxUnavailable: 1, MaxSurge: 0}},
	}}
}

// dnsAntiAffinity keeps the pods on different hosts. Where only one host takes pods, the second has to be let on it; a
// mere preference everywhere would leave both on the host that came first, since nothing moves pods later.
func dnsAntiAffinity(c *topology.Cluster) podAntiAffinity {
	term := affinityTerm{labelSelector{dnsLabels}, "kubernetes.io/hostname"}
	free := 0
	for _, h := range c.Hosts {
		if h.IsNode() && !h.IsLeaving() && !keepsPodsOff(h) {
			free++
		}
	}
	if free >= 2 {
		return podAntiAffinity{Required: []affinityTerm{term}}
	}
	return podAntiAffinity{Preferred: []weightedAffinityTerm{{100, term}}}
}

// keepsPodsOff says whether a host has a taint that CoreDNS doesn't tolerate.
func keepsPodsOff(h *topology.Host) bool {
	t := registration(h).Taints
	return t != nil && slices.ContainsFunc(*t, func(t taint) bool {
		return t.Effect != "PreferNoSchedule" && t.Key != "CriticalAddonsOnly" &&
			(t.Key != "node-role.kubernetes.io/control-plane" || t.Effect != "NoSchedule")
	})
}

func coreDNSContainer(c *topology.Cluster) dnsContainer {
	return dnsContainer{
		Name:  dnsName,
		Image: upstream.CoreDNSImage(c.Spec.Kubernetes.ImageRepository, c.Version),
		Args:  []string{"-conf", "/etc/coredns/Corefile"},
		Ports: []containerPort{
			{"dns", 53, "UDP"}, {"dns-tcp", 53, "TCP"}, {"metrics", 9153, "TCP"}, {"liveness", 8080, "TCP"}, {"readiness", 8181, "TCP"},
		},
		Resources: dnsResources{
			Limits:   map[string]string{"memory": "170Mi"},
			Requests: map[string]string{"cpu": "100m", "memory": "70Mi"},
		},
		VolumeMounts:    []volumeMount{{"config", true, "/etc/coredns"}},
		LivenessProbe:   dnsProbe{HTTPGet: namedGet{"/health", "liveness"}, InitialDelaySeconds: 60, TimeoutSeconds: 5, FailureThreshold: 5},
		ReadinessProbe:  dnsProbe{HTTPGet: namedGet{"/ready", "readiness"}},
		ImagePullPolicy: "IfNotPresent",
		SecurityContext: securityContext{
			Capabilities:           capabilities{Add: []string{"NET_BIND_SERVICE"}, Drop: []string{"ALL"}},
			ReadOnlyRootFilesystem: true,
		},
	}
}
