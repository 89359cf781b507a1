package schema

import "net/netip"

// Host is one machine of the cluster.
type Host struct {
	Address   netip.Addr        `json:"address"`
	Address6  netip.Addr        `json:"address6"`
	Roles     []string          `json:"roles"`
	Interface string            `json:"interface"`
	State     string            `json:"state"`
	Zone      string            `json:"zone"`
	NodeName  string            `json:"nodeName"` // the host's name where empty
	Labels    map[string]string `json:"labels"`
	Taints    *[]Taint          `json:"taints"` // nil: kubeadm's default
	Kubelet   Kubelet           `json:"kubelet"`
	SSH       SSH               `json:"ssh"`
	VRRP      HostVRRP          `json:"vrrp"`
	Etcd      HostEtcd          `json:"etcd"`
	BGP       HostBGP           `json:"bgp"`
	Machine   HostMachine       `json:"machine"`
}

// Taint keeps pods off a node.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// SSH is how the inventory reaches a host.
type SSH struct {
	Address string `json:"address"` // the host's address where empty
	Port    int    `json:"port"`
	User    string `json:"user"`
}

// HostVRRP is where and with which priority a host speaks VRRP.
type HostVRRP struct {
	Priority  *int       `json:"priority"` // nil: derived
	Interface string     `json:"interface"`
	Address   netip.Addr `json:"address"`
}

// HostEtcd is the etcd member of a host.
type HostEtcd struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"address"`
	DataDir string     `json:"dataDir"`
	WALDir  string     `json:"walDir"`
}

// HostBGP is the BGP speaker of a host.
type HostBGP struct {
	RouterID netip.Addr `json:"routerID"`
	AS       int        `json:"as"`
}

// Machine is what a host has to be before it can be a node.
type Machine struct {
	OS               string                  `json:"os"`
	Swap             bool                    `json:"swap"`
	Sysctls          map[string]string       `json:"sysctls"` // numbers are written as in the definition
	Modules          []string                `json:"modules"`
	Packages         []string                `json:"packages"`
	EtcHosts         *EtcHosts               `json:"etcHosts"`
	ContainerRuntime ContainerRuntime        `json:"containerRuntime"`
	Registries       map[string]Registry     `json:"registries"`
	HTTPProxy        *HTTPProxy              `json:"httpProxy"`
	TimeServers      []string                `json:"timeServers"`
	Units            map[string]UnitSections `json:"units"`
}

// HostMachine is laid over the cluster's Machine: maps key by key, lists added, scalars replaced where they are set.
type HostMachine struct {
	OS               string                  `json:"os"`
	Swap             *bool                   `json:"swap"`
	Sysctls          map[string]string       `json:"sysctls"`
	Modules          []string                `json:"modules"`
	Packages         []string                `json:"packages"`
	EtcHosts         *HostEtcHosts           `json:"etcHosts"`
	ContainerRuntime HostContainerRuntime    `json:"containerRuntime"`
	Registries       map[string]Registry     `json:"registries"`
	HTTPProxy        *HTTPProxy              `json:"httpProxy"`
	TimeServers      []string                `json:"timeServers"`
	Units            map[string]UnitSections `json:"units"`
}

// UnitSections are settings of a systemd unit, by section and key.
type UnitSections map[string]map[string]UnitSetting

// EtcHosts is khagen's block in /etc/hosts.
type EtcHosts struct {
	Endpoint bool                `json:"endpoint"`
	Members  bool                `json:"members"`
	Entries  map[string][]string `json:"entries"` // address to names
}

// HostEtcHosts is laid over the cluster's EtcHosts.
type HostEtcHosts struct {
	Endpoint *bool               `json:"endpoint"`
	Members  *bool               `json:"members"`
	Entries  map[string][]string `json:"entries"`
}

// ContainerRuntime is what runs containers.
type ContainerRuntime struct {
	Name    string `json:"name"`
	Version string `json:"version"` // "2.3"
	Manage  bool   `json:"manage"`
}

// HostContainerRuntime is laid over the cluster's ContainerRuntime.
type HostContainerRuntime struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Manage  *bool  `json:"manage"`
}

// Registry is how the container runtime reaches a registry.
type Registry struct {
	Server            string   `json:"server"`
	CAFile            string   `json:"caFile"`
	Mirrors           []Mirror `json:"mirrors"`
	CredentialsSecret string   `json:"credentialsSecret"`
}

// Mirror is asked before the registry itself.
type Mirror struct {
	URL          string   `json:"url"`
	Capabilities []string `json:"capabilities"`
	CAFile       string   `json:"caFile"`
}

// HTTPProxy is used by what pulls images.
type HTTPProxy struct {
	HTTP    string   `json:"http"`
	HTTPS   string   `json:"https"`
	NoProxy []string `json:"noProxy"`
}
