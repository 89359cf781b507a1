package tree

// Manifest indexes the files of a host, or (Host == "") the cluster's own files.
// It is JSON with one line for each file, package and unit, so that a diff of it says what came and went.
type Manifest struct {
	Host     string         `json:"host,omitempty"`
	Cluster  string         `json:"cluster"`
	SSH      *SSH           `json:"ssh,omitempty"` // how inventories reach the host
	Roles    []string       `json:"roles,omitempty"`
	State    string         `json:"state,omitempty"`    // "joining" or "leaving"; others rely on the host where empty
	Packages []Package      `json:"packages,omitempty"` // what has to be installed, in the order of their names
	Programs []Program      `json:"programs,omitempty"` // what has to be installed beside packages, in the order of their paths
	PKI      []PKIFile      `json:"pki,omitempty"`      // certificates and keys that khagen pki issues, in the order of their paths
	Units    []Unit         `json:"units,omitempty"`    // systemd units and the state that they have to be in
	Files    []ManifestFile `json:"files"`              // in the order of their paths
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
