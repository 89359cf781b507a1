package schema

import "net/netip"

// Cluster is one validated definition with every default filled in. Fields that are absent have their zero value,
// blocks that are absent are nil.
type Cluster struct {
	Name          string            `json:"name"`
	KhagenVersion string            `json:"khagenVersion"` // the least khagen that the definition wants; any where empty
	Site          string            `json:"site"`
	Platform      string            `json:"platform"`
	HostNetworks  []netip.Prefix    `json:"hostNetworks"`
	BootstrapHost string            `json:"bootstrapHost"`
	Availability  Availability      `json:"availability"`
	Accept        map[string]string `json:"accept"` // accepted warnings: rule id to reason
	Kubernetes    Kubernetes        `json:"kubernetes"`
	Endpoint      Endpoint          `json:"endpoint"`
	VIP           *VIP              `json:"vip"`
	LoadBalancer  LoadBalancer      `json:"loadBalancer"`
	Etcd          Etcd              `json:"etcd"`
	Hosts         map[string]*Host  `json:"hosts"`
	Machine       Machine           `json:"machine"`

	Dir   string            `json:"-"` // the definition's folder, as given to Load
	Files map[string][]byte `json:"-"` // content of the files that the definition names, by the path written there

	OwnFiles     []OwnFile               `json:"-"` // files of the user's own that hosts of the cluster get
	FileSettings map[string]FileSettings `json:"-"` // how they come there, by Path; of none where nothing is set

	source *source
}

// Availability is what the cluster claims to survive.
type Availability struct {
	Tolerate *Tolerate `json:"tolerate"`
}

// Tolerate counts simultaneous failures; nil is no claim.
type Tolerate struct {
	Hosts *int `json:"hosts"`
	Zones *int `json:"zones"`
}

// Endpoint is what kubelets and clients connect to.
type Endpoint struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// VIP is a virtual address that one host at a time carries.
type VIP struct {
	Address    netip.Addr  `json:"address"`
	Prefix     *int        `json:"prefix"`
	Address6   netip.Addr  `json:"address6"`
	Prefix6    *int        `json:"prefix6"`
	Provider   string      `json:"provider"`
	Keepalived *Keepalived `json:"keepalived"`
	KubeVIP    *KubeVIP    `json:"kubeVIP"`
}

// Keepalived carries the VIP by VRRP.
type Keepalived struct {
	VirtualRouterID int       `json:"virtualRouterID"`
	Runtime         string    `json:"runtime"`
	Image           string    `json:"image"`
	Version         string    `json:"version"` // where neither the os nor the image tells
	Mode            string    `json:"mode"`
	AdvertInterval  Duration  `json:"advertInterval"`
	Preempt         bool      `json:"preempt"`
	Check           VRRPCheck `json:"check"`
	GARP            GARP      `json:"garp"`
	AuthSecret      string    `json:"authSecret"`

	ExtraConfig KeepalivedConfig `json:"extraConfig"`
}

// KeepalivedConfig are lines for keepalived's own file, by block.
type KeepalivedConfig struct {
	Global   []string `json:"global"`
	Instance []string `json:"instance"`
}

// VRRPCheck is how keepalived tests the balancer on its own host.
type VRRPCheck struct {
	Interval Duration `json:"interval"`
	Timeout  Duration `json:"timeout"`
	Fall     int      `json:"fall"`
	Rise     int      `json:"rise"`
	Weight   *int     `json:"weight"` // nil: derived from the spread of the priorities
}

// GARP says how often the holder announces the address.
type GARP struct {
	Delay   Duration `json:"delay"`
	Repeat  int      `json:"repeat"`
	Refresh Duration `json:"refresh"`
}

// KubeVIP carries the VIP by a static pod on the control planes.
type KubeVIP struct {
	Version string   `json:"version"`
	Mode    string   `json:"mode"`
	Lease   Lease    `json:"lease"`
	BGP     *VIPPeer `json:"bgp"`
}

// Lease times kube-vip's leader election.
type Lease struct {
	Duration      Duration `json:"duration"`
	RenewDeadline Duration `json:"renewDeadline"`
	RetryPeriod   Duration `json:"retryPeriod"`
}

// VIPPeer announces the VIP by BGP.
type VIPPeer struct {
	AS    int       `json:"as"`
	Peers []BGPPeer `json:"peers"`
}

// BGPPeer is a router that kube-vip announces the VIP to.
type BGPPeer struct {
	Address        netip.Addr `json:"address"`
	AS             int        `json:"as"`
	Multihop       bool       `json:"multihop"`
	PasswordSecret string     `json:"passwordSecret"`
}

// LoadBalancer spreads connections over the API servers.
type LoadBalancer struct {
	Placement      string      `json:"placement"`
	Port           int         `json:"port"` // 0: endpoint.port
	Bind           string      `json:"bind"`
	Proxy          string      `json:"proxy"`
	Runtime        string      `json:"runtime"`
	Image          string      `json:"image"`
	Version        string      `json:"version"`
	Engine         string      `json:"engine"`
	ContainerPort  int         `json:"containerPort"`
	Balance        string      `json:"balance"`
	HealthCheck    HealthCheck `json:"healthCheck"`
	Timeouts       Timeouts    `json:"timeouts"`
	MaxConnections int         `json:"maxConnections"`
	AccessLog      AccessLog   `json:"accessLog"`
	Stats          Stats       `json:"stats"`
	ExtraConfig    ProxyConfig `json:"extraConfig"`
}

// ProxyConfig are lines for the configuration of the proxy, one of the two.
type ProxyConfig struct {
	HAProxy HAProxyConfig `json:"haproxy"`
	Nginx   NginxConfig   `json:"nginx"`
}

// HAProxyConfig are lines for haproxy's own file, by section.
type HAProxyConfig struct {
	Global   []string `json:"global"`
	Defaults []string `json:"defaults"`
	Frontend []string `json:"frontend"`
	Backend  []string `json:"backend"`
}

// NginxConfig are lines for nginx's own file, by block.
type NginxConfig struct {
	Stream   []string `json:"stream"`
	Upstream []string `json:"upstream"`
	Server   []string `json:"server"`
}

// HealthCheck is how the balancer tests each API server.
type HealthCheck struct {
	Path     string   `json:"path"`
	VerifyCA bool     `json:"verifyCA"`
	Interval Duration `json:"interval"`
	Timeout  Duration `json:"timeout"`
	Fall     int      `json:"fall"`
	Rise     int      `json:"rise"`
}

// Timeouts of the balancer.
type Timeouts struct {
	Connect Duration `json:"connect"`
	Idle    Duration `json:"idle"`
}

// AccessLog has a line for each connection.
type AccessLog struct {
	Enabled bool   `json:"enabled"`
	Path    string `json:"path"`
	Format  string `json:"format"`
}

// Stats is the balancer's own status page.
type Stats struct {
	Enabled        bool       `json:"enabled"`
	Address        netip.Addr `json:"address"`
	Port           int        `json:"port"`
	Path           string     `json:"path"`
	User           string     `json:"user"`
	PasswordSecret string     `json:"passwordSecret"`
	Metrics        bool       `json:"metrics"`
}

// Etcd is the cluster's store.
type Etcd struct {
	Topology          string          `json:"topology"`
	External          *ExternalEtcd   `json:"external"`
	Version           string          `json:"version"` // derived from kubernetes.version where empty
	DataDir           string          `json:"dataDir"`
	WALDir            string          `json:"walDir"`
	Token             string          `json:"token"` // the cluster's name where empty
	HeartbeatInterval Duration        `json:"heartbeatInterval"`
	ElectionTimeout   Duration        `json:"electionTimeout"`
	QuotaBackendGiB   int             `json:"quotaBackendGiB"`
	Paths             EtcdPaths       `json:"paths"`
	ExtraArgs         map[string]Args `json:"extraArgs"`
}

// ExternalEtcd is run by someone else.
type ExternalEtcd struct {
	Endpoints []string `json:"endpoints"`
	CAFile    string   `json:"caFile"`
	CertFile  string   `json:"certFile"`
	KeyFile   string   `json:"keyFile"`
}

// EtcdPaths are where an etcd that kubeadm doesn't run has its files.
type EtcdPaths struct {
	Config       string `json:"config"`
	Certificates string `json:"certificates"`
	Binaries     string `json:"binaries"`
}
