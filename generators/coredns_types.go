package generators

// The parts of core/v1, apps/v1 and policy/v1 that CoreDNS needs, in the order of the upstream types.
type (
	typed struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Metadata   metadata `yaml:"metadata"`
	}
	configMap struct {
		typed `yaml:",inline"`
		Data  map[string]string `yaml:"data"`
	}
	k8sService struct {
		typed `yaml:",inline"`
		Spec  k8sServiceSpec `yaml:"spec"`
	}
	k8sServiceSpec struct {
		Ports     []servicePort     `yaml:"ports"`
		Selector  map[string]string `yaml:"selector"`
		ClusterIP string            `yaml:"clusterIP"`

		ClusterIPs     []string `yaml:"clusterIPs,omitempty"`
		IPFamilies     []string `yaml:"ipFamilies,omitempty"`
		IPFamilyPolicy string   `yaml:"ipFamilyPolicy,omitempty"`
	}
	servicePort struct {
		Name       string `yaml:"name"`
		Protocol   string `yaml:"protocol"`
		Port       int    `yaml:"port"`
		TargetPort string `yaml:"targetPort"`
	}
	disruptionBudget struct {
		typed `yaml:",inline"`
		Spec  disruptionBudgetSpec `yaml:"spec"`
	}
	disruptionBudgetSpec struct {
		Selector       labelSelector `yaml:"selector"`
		MaxUnavailable int           `yaml:"maxUnavailable"`
	}
	labelSelector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	deployment struct {
		typed `yaml:",inline"`
		Spec  deploymentSpec `yaml:"spec"`
	}
	deploymentSpec struct {
		Replicas int                `yaml:"replicas"`
		Selector labelSelector      `yaml:"selector"`
		Template podTemplate        `yaml:"template"`
		Strategy deploymentStrategy `yaml:"strategy"`
	}
	deploymentStrategy struct {
		Type          string        `yaml:"type"`
		RollingUpdate rollingUpdate `yaml:"rollingUpdate"`
	}
	rollingUpdate struct {
		MaxUnavailable int `yaml:"maxUnavailable"`
		MaxSurge       int `yaml:"maxSurge"`
	}
	podTemplate struct {
		Metadata templateMetadata `yaml:"metadata"`
		Spec     dnsPodSpec       `yaml:"spec"`
	}
	templateMetadata struct {
		Labels map[string]string `yaml:"labels"`
	}
	dnsPodSpec struct {
		Volumes            []configMapVolume `yaml:"volumes"`
		Containers         []dnsContainer    `yaml:"containers"`
		DNSPolicy          string            `yaml:"dnsPolicy"`
		NodeSelector       map[string]string `yaml:"nodeSelector"`
		ServiceAccountName string            `yaml:"serviceAccountName"`
		SecurityContext    podSecurity       `yaml:"securityContext"`
		Affinity           affinity          `yaml:"affinity"`
		Tolerations        []toleration      `yaml:"tolerations"`
		PriorityClassName  string            `yaml:"priorityClassName"`
	}
	configMapVolume struct {
		Name      string       `yaml:"name"`
		ConfigMap configMapRef `yaml:"configMap"`
	}
	configMapRef struct {
		Name  string      `yaml:"name"`
		Items []keyToPath `yaml:"items"`
	}
	keyToPath struct {
		Key  string `yaml:"key"`
		Path string `yaml:"path"`
	}
	dnsContainer struct {
		Name            string          `yaml:"name"`
		Image           string          `yaml:"image"`
		Args            []string        `yaml:"args"`
		Ports           []containerPort `yaml:"ports"`
		Resources       dnsResources    `yaml:"resources"`
		VolumeMounts    []volumeMount   `yaml:"volumeMounts"`
		LivenessProbe   dnsProbe        `yaml:"livenessProbe"`
		ReadinessProbe  dnsProbe        `yaml:"readinessProbe"`
		ImagePullPolicy string          `yaml:"imagePullPolicy"`
		SecurityContext securityContext `yaml:"securityContext"`
	}
	containerPort struct {
		Name          string `yaml:"name"`
		ContainerPort int    `yaml:"containerPort"`
		Protocol      string `yaml:"protocol"`
	}
	dnsResources struct {
		Limits   map[string]string `yaml:"limits"`
		Requests map[string]string `yaml:"requests"`
	}
	dnsProbe struct {
		HTTPGet             namedGet `yaml:"httpGet"`
		InitialDelaySeconds int      `yaml:"initialDelaySeconds,omitempty"`
		TimeoutSeconds      int      `yaml:"timeoutSeconds,omitempty"`
		FailureThreshold    int      `yaml:"failureThreshold,omitempty"`
	}
	namedGet struct {
		Path string `yaml:"path"`
		Port string `yaml:"port"`
	}
	podSecurity struct {
		SeccompProfile seccompProfile `yaml:"seccompProfile"`
	}
	seccompProfile struct {
		Type string `yaml:"type"`
	}
	affinity struct {
		PodAntiAffinity podAntiAffinity `yaml:"podAntiAffinity"`
	}
	podAntiAffinity struct {
		Required  []affinityTerm         `yaml:"requiredDuringSchedulingIgnoredDuringExecution,omitempty"`
		Preferred []weightedAffinityTerm `yaml:"preferredDuringSchedulingIgnoredDuringExecution,omitempty"`
	}
	weightedAffinityTerm struct {
		Weight int          `yaml:"weight"`
		Term   affinityTerm `yaml:"podAffinityTerm"`
	}
	affinityTerm struct {
		LabelSelector labelSelector `yaml:"labelSelector"`
		TopologyKey   string        `yaml:"topologyKey"`
	}
	toleration struct {
		Key      string `yaml:"key"`
		Operator string `yaml:"operator,omitempty"`
		Effect   string `yaml:"effect,omitempty"`
	}
)
