package tree

import "slices"

// Manifest indexes the files of a host, or (Host == "") the cluster's own files.
// It is JSON with one line for each file, package and unit, so that a diff of it says what came and went.
type Manifest struct {
	Host         string         `json:"host,omitempty"`
	Cluster      string         `json:"cluster"`
	Topology     *Topology      `json:"topology,omitempty"` // of the cluster, in its own manifest
	Members      []Member       `json:"members,omitempty"`  // its hosts, in natural order of their names; likewise
	SSH          *SSH           `json:"ssh,omitempty"`      // how inventories reach the host
	Roles        []string       `json:"roles,omitempty"`
	State        string         `json:"state,omitempty"`        // "joining" or "leaving"; others rely on the host where empty
	Packages     []Package      `json:"packages,omitempty"`     // what has to be installed, in the order of their names
	Programs     []Program      `json:"programs,omitempty"`     // what has to be installed beside packages, in the order of their paths
	Certificates []Certificate  `json:"certificates,omitempty"` // those that the host serves with, whoever makes them, in the order of their paths
	PKI          []PKIFile      `json:"pki,omitempty"`          // certificates and keys that khagen pki issues, in the order of their paths
	Units        []Unit         `json:"units,omitempty"`        // systemd units and the state that they have to be in
	Files        []ManifestFile `json:"files"`                  // in the order of their paths
}

// Topology is what the hosts of a cluster have in common.
type Topology struct {
	Kubernetes string     `json:"kubernetes"`                  // version: "1.36.3"
	Install    string     `json:"install"`                     // kubeadm or binaries
	Endpoint   string     `json:"endpoint"`                    // host:port that kubelets and clients connect to
	Addresses  []string   `json:"endpointAddresses,omitempty"` // behind its host, where khagen knows them and they are the same for all hosts
	APIServer  *APIServer `json:"apiServer,omitempty"`         //
	Networks   *Networks  `json:"networks,omitempty"`          //
	Bootstrap  string     `json:"bootstrapHost,omitempty"`     // runs kubeadm init; empty once the cluster exists
	Balancer   *Balancer  `json:"balancer"`                    //
	VIP        *VIP       `json:"vip,omitempty"`               //
	Etcd       *Etcd      `json:"etcd"`                        //
}

// APIServer is what API servers have in common.
type APIServer struct {
	Port int `json:"port"` // where they listen
}

// Networks are what can't change in a cluster that runs.
type Networks struct {
	Pods     []string `json:"pods"`     // CIDRs, as Services
	Services []string `json:"services"` //
	Domain   string   `json:"domain"`   // of services' names
}

// Balancer is what stands between the endpoint and the API servers.
type Balancer struct {
	Placement string   `json:"placement"`           // as loadBalancer.placement in the definition
	Proxy     string   `json:"proxy,omitempty"`     // haproxy or nginx; empty, as Runtime and Port, where khagen renders none
	Runtime   string   `json:"runtime,omitempty"`   // systemd, static-pod or container
	Port      int      `json:"port,omitempty"`      // where it listens
	Addresses []string `json:"addresses,omitempty"` // that it listens on; all where empty
	Unit      string   `json:"unit,omitempty"`      // of systemd; empty where it is a static pod
}

// VIP is the virtual address, or one of each family.
type VIP struct {
	Addresses []string `json:"addresses"`
	Provider  string   `json:"provider"`                  // keepalived or kube-vip
	RouterID  int      `json:"virtualRouterID,omitempty"` // of VRRP, as Preempt
	Preempt   bool     `json:"preempt,omitempty"`         // the highest priority takes the address back
	Unit      string   `json:"unit,omitempty"`            // keepalived's, of systemd; empty where a static pod carries the address
}

// Etcd is the cluster's store.
type Etcd struct {
	Topology  string   `json:"topology"`            // stacked, hosts or external
	Version   string   `json:"version,omitempty"`   // of members that are units; kubeadm chooses those of its pods
	Endpoints []string `json:"endpoints,omitempty"` // URLs of someone else's; those of members are in their lines
	Ctl       *Etcdctl `json:"etcdctl,omitempty"`   // on the hosts of members that are units
}

// Etcdctl is what asks members, by paths on their hosts.
type Etcdctl struct {
	Program     string `json:"program"`
	CA          string `json:"ca"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

// Member is a host of the cluster as the others see it.
type Member struct {
	Name     string   `json:"name"`
	NodeName string   `json:"nodeName,omitempty"` // of its Node object; empty where it is no node
	Address  string   `json:"address"`            // of the primary family
	Roles    []string `json:"roles"`              //
	State    string   `json:"state,omitempty"`    // as Manifest.State
	OS       string   `json:"os,omitempty"`       // family of its distribution: debian or rhel
	Zone     string   `json:"zone,omitempty"`     // failure domain
	Priority int      `json:"priority,omitempty"` // in VRRP; 0: it speaks none
	Balances bool     `json:"balances,omitempty"` // a balancer that khagen renders runs on it
	Carries  bool     `json:"carries,omitempty"`  // it can hold the virtual address
	Etcd     string   `json:"etcd,omitempty"`     // client URL of its member of etcd; empty where it has none
}

// Certificate is one that a host serves with.
type Certificate struct {
	Path   string   `json:"path"`   // on the host
	Names  []string `json:"names"`  // DNS names, then addresses
	Issuer string   `json:"issuer"` // kubeadm (on the host, while it runs) or khagen pki
}

// SSH is how a host is reached.
type SSH struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
	User    string `json:"user"`
}

// Package is a distribution package of a host.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // a pattern such as "1.36.3-*"; any version where empty
	Hold    bool   `json:"hold,omitempty"`    // kept back from unattended upgrades
}

// IsRuntime tells whether the package is a container runtime's.
func (p Package) IsRuntime() bool {
	return slices.Contains([]string{"containerd.io", "containerd", "cri-o"}, p.Name)
}

// Program is an executable that no package of the host brings.
type Program struct {
	Path     string   `json:"path"`             // on the host
	Version  string   `json:"version"`          // "1.36.3"
	Mode     string   `json:"mode"`             // four octal digits, "0755"
	URL      string   `json:"url"`              // where its project publishes it; {arch} stands for amd64, arm64, …
	Member   string   `json:"member,omitempty"` // its path in the archive at URL; the file at URL itself where empty
	Checksum string   `json:"checksum"`         // URL of its project's SHA-256 sums for the file at URL
	Phase    Phase    `json:"phase"`            // in which it is put there
	Notify   []string `json:"notify,omitempty"` // as ManifestFile.Notify
}

// PKIFile is a certificate or key of a host, which isn't part of the tree.
type PKIFile struct {
	Path   string   `json:"path"`             // on the host
	Mode   string   `json:"mode"`             // four octal digits, "0600"
	Owner  string   `json:"owner"`            // "root:root"
	Phase  Phase    `json:"phase"`            // in which it is put there, after what makes its owner
	Notify []string `json:"notify,omitempty"` // as ManifestFile.Notify
}

// Unit is a systemd unit of a host.
type Unit struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// ManifestFile is a file without its content.
type ManifestFile struct {
	Path   string   `json:"path"`             // as File.Path
	Kind   Kind     `json:"kind"`             //
	Mode   string   `json:"mode"`             // four octal digits, "0644"
	Owner  string   `json:"owner"`            // "root:root"
	Phase  Phase    `json:"phase,omitempty"`  //
	Notify []string `json:"notify,omitempty"` // Action.String of each
	Source string   `json:"source"`           //
}
