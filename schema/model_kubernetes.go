package schema

import "net/netip"

// Kubernetes is what the control plane and the nodes run.
type Kubernetes struct {
	Version           string            `json:"version"`
	Install           string            `json:"install"`
	ImageRepository   string            `json:"imageRepository"`
	Networking        Networking        `json:"networking"`
	APIServer         APIServer         `json:"apiServer"`
	ControllerManager ControllerManager `json:"controllerManager"`
	Scheduler         Scheduler         `json:"scheduler"`
	Kubelet           Kubelet           `json:"kubelet"`
	KubeProxy         KubeProxy         `json:"kubeProxy"`
	Join              Join              `json:"join"`
	Certificates      Certificates      `json:"certificates"`
	FeatureGates      map[string]bool   `json:"featureGates"` // kubeadm's own
	Paths             KubernetesPaths   `json:"paths"`
}

// Networking of pods and services.
type Networking struct {
	PodCIDRs          []netip.Prefix `json:"podCIDRs"`
	ServiceCIDRs      []netip.Prefix `json:"serviceCIDRs"`
	NodeCIDRMaskSizes MaskSizes      `json:"nodeCIDRMaskSizes"`
	DNSDomain         string         `json:"dnsDomain"`
}

// MaskSizes of the pod network of one node.
type MaskSizes struct {
	IPv4 int `json:"ipv4"`
	IPv6 int `json:"ipv6"`
}

// APIServer configures kube-apiserver.
type APIServer struct {
	Port             int             `json:"port"`
	Bind             string          `json:"bind"`
	CertSANs         []string        `json:"certSANs"`
	AdmissionPlugins []string        `json:"admissionPlugins"`
	AnonymousAuth    string          `json:"anonymousAuth"`
	OIDC             *OIDC           `json:"oidc"`
	Audit            Audit           `json:"audit"`
	Encryption       *Encryption     `json:"encryption"`
	ExtraArgs        map[string]Args `json:"extraArgs"`
	ExtraVolumes     []Volume        `json:"extraVolumes"`
}

// OIDC lets an identity provider name users.
type OIDC struct {
	IssuerURL      string  `json:"issuerURL"`
	ClientID       string  `json:"clientID"`
	UsernameClaim  string  `json:"usernameClaim"`
	UsernamePrefix *string `json:"usernamePrefix"` // nil: Kubernetes' own
	GroupsClaim    string  `json:"groupsClaim"`
	GroupsPrefix   string  `json:"groupsPrefix"`
	CAFile         string  `json:"caFile"`
}

// Audit is the API server's log of requests.
type Audit struct {
	Enabled    bool   `json:"enabled"`
	LogPath    string `json:"logPath"`
	MaxAgeDays int    `json:"maxAgeDays"`
	MaxBackups int    `json:"maxBackups"`
	MaxSizeMB  int    `json:"maxSizeMB"`
	PolicyFile string `json:"policyFile"`
}

// Encryption of resources at rest.
type Encryption struct {
	Provider  string          `json:"provider"`
	Resources []string        `json:"resources"`
	Keys      []EncryptionKey `json:"keys"`
	KMS       *KMS            `json:"kms"`
}

// KMS is a plugin on the control planes that encrypts.
type KMS struct {
	Name     string   `json:"name"`
	Endpoint string   `json:"endpoint"` // unix://PATH
	Timeout  Duration `json:"timeout"`
}

// EncryptionKey names a secret.
type EncryptionKey struct {
	Name   string `json:"name"`
	Secret string `json:"secret"`
}

// Volume is a folder or file of the host that a control-plane component reads.
type Volume struct {
	Name      string `json:"name"`
	HostPath  string `json:"hostPath"`
	MountPath string `json:"mountPath"` // hostPath where empty
	ReadOnly  bool   `json:"readOnly"`
}

// ControllerManager configures kube-controller-manager.
type ControllerManager struct {
	ExtraArgs    map[string]Args `json:"extraArgs"`
	ExtraVolumes []Volume        `json:"extraVolumes"`
}

// Scheduler configures kube-scheduler.
type Scheduler struct {
	Config       map[string]any  `json:"config"` // fields of KubeSchedulerConfiguration
	ExtraArgs    map[string]Args `json:"extraArgs"`
	ExtraVolumes []Volume        `json:"extraVolumes"`
}

// Kubelet configures the kubelet; a host's is laid over the cluster's.
type Kubelet struct {
	Config    map[string]any  `json:"config"` // fields of KubeletConfiguration
	ExtraArgs map[string]Args `json:"extraArgs"`
}

// KubeProxy configures kube-proxy.
type KubeProxy struct {
	Mode   string         `json:"mode"`
	Config map[string]any `json:"config"` // fields of KubeProxyConfiguration
}

// Join is how hosts find the cluster that they join.
type Join struct {
	Discovery    string   `json:"discovery"`
	TokenSecret  string   `json:"tokenSecret"`
	CACertHashes []string `json:"caCertHashes"`
}

// Certificates of the cluster.
type Certificates struct {
	Algorithm    string   `json:"algorithm"`
	Validity     Duration `json:"validity"`
	CAValidity   Duration `json:"caValidity"`
	CAKeyOnHosts bool     `json:"caKeyOnHosts"`
}

// KubernetesPaths are where a cluster of binaries has its files.
type KubernetesPaths struct {
	Config       string `json:"config"`
	Certificates string `json:"certificates"`
	Flags        string `json:"flags"`
	Binaries     string `json:"binaries"`
}
