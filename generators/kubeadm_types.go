package generators

// The parts of kubeadm.k8s.io/v1beta4 that are rendered, in the order of the upstream types
// (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/). kubeadm_v1beta3.go has the difference to
// v1beta3.
type (
	initConfiguration struct {
		APIVersion       string           `yaml:"apiVersion"`
		Kind             string           `yaml:"kind"`
		NodeRegistration nodeRegistration `yaml:"nodeRegistration"`
		LocalAPIEndpoint localAPIEndpoint `yaml:"localAPIEndpoint"`
		SkipPhases       []string         `yaml:"skipPhases,omitempty"`
		Patches          *patches         `yaml:"patches,omitempty"`
	}
	joinConfiguration struct {
		APIVersion       string            `yaml:"apiVersion"`
		Kind             string            `yaml:"kind"`
		NodeRegistration nodeRegistration  `yaml:"nodeRegistration"`
		Discovery        discovery         `yaml:"discovery"`
		ControlPlane     *joinControlPlane `yaml:"controlPlane,omitempty"`
		Patches          *patches          `yaml:"patches,omitempty"`
	}
	nodeRegistration struct {
		Name                  string   `yaml:"name"`
		CRISocket             string   `yaml:"criSocket"`
		Taints                *[]taint `yaml:"taints,omitempty"`
		IgnorePreflightErrors []string `yaml:"ignorePreflightErrors,omitempty"`
	}
	taint struct {
		Key    string `yaml:"key"`
		Value  string `yaml:"value,omitempty"`
		Effect string `yaml:"effect"`
	}
	localAPIEndpoint struct {
		AdvertiseAddress string `yaml:"advertiseAddress"`
		BindPort         int    `yaml:"bindPort"`
	}
	joinControlPlane struct {
		LocalAPIEndpoint localAPIEndpoint `yaml:"localAPIEndpoint"`
	}
	patches struct {
		Directory string `yaml:"directory"`
	}
	discovery struct {
		BootstrapToken *tokenDiscovery `yaml:"bootstrapToken,omitempty"`
		File           *fileDiscovery  `yaml:"file,omitempty"`
	}
	tokenDiscovery struct {
		Token             secretText `yaml:"token"`
		APIServerEndpoint string     `yaml:"apiServerEndpoint"`
		CACertHashes      []string   `yaml:"caCertHashes"`
	}
	fileDiscovery struct {
		KubeConfigPath string `yaml:"kubeConfigPath"`
	}

	clusterConfiguration struct {
		APIVersion                  string                `yaml:"apiVersion"`
		Kind                        string                `yaml:"kind"`
		Etcd                        etcdConfiguration     `yaml:"etcd"`
		Networking                  networking            `yaml:"networking"`
		KubernetesVersion           string                `yaml:"kubernetesVersion"`
		ControlPlaneEndpoint        string                `yaml:"controlPlaneEndpoint"`
		APIServer                   apiServer             `yaml:"apiServer"`
		ControllerManager           controlPlaneComponent `yaml:"controllerManager,omitempty"`
		Scheduler                   controlPlaneComponent `yaml:"scheduler,omitempty"`
		Proxy                       *addon                `yaml:"proxy,omitempty"`
		ImageRepository             string                `yaml:"imageRepository"`
		FeatureGates                map[string]bool       `yaml:"featureGates,omitempty"`
		ClusterName                 string                `yaml:"clusterName"`
		EncryptionAlgorithm         string                `yaml:"encryptionAlgorithm,omitempty"`
		CertificateValidityPeriod   string                `yaml:"certificateValidityPeriod,omitempty"`
		CACertificateValidityPeriod string                `yaml:"caCertificateValidityPeriod,omitempty"`
	}
	etcdConfiguration struct {
		Local    *localEtcd    `yaml:"local,omitempty"`
		External *externalEtcd `yaml:"external,omitempty"`
	}
	localEtcd struct {
		DataDir   string    `yaml:"dataDir"`
		ExtraArgs extraArgs `yaml:"extraArgs,omitempty"`
	}
	externalEtcd struct {
		Endpoints []string `yaml:"endpoints"`
		CAFile    string   `yaml:"caFile"`
		CertFile  string   `yaml:"certFile"`
		KeyFile   string   `yaml:"keyFile"`
	}
	networking struct {
		ServiceSubnet string `yaml:"serviceSubnet"`
		PodSubnet     string `yaml:"podSubnet"`
		DNSDomain     string `yaml:"dnsDomain"`
	}
	apiServer struct {
		controlPlaneComponent `yaml:",inline"`
		CertSANs              []string `yaml:"certSANs"`
	}
	controlPlaneComponent struct {
		ExtraArgs    extraArgs     `yaml:"extraArgs,omitempty"`
		ExtraVolumes []extraVolume `yaml:"extraVolumes,omitempty"`
	}
	extraVolume struct {
		Name      string `yaml:"name"`
		HostPath  string `yaml:"hostPath"`
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly,omitempty"`
		PathType  string `yaml:"pathType,omitempty"`
	}
	addon struct {
		Disabled bool `yaml:"disabled"`
	}
)
