package tree

// Manifest indexes the files of a host, or (Host == "") the cluster's own files.
// It is JSON with one line for each file, package and unit, so that a diff of it says what came and went.
type Manifest struct {
	Host     string         `json:"host,omitempty"`
	Cluster  string         `json:"cluster"`
	SSH      *SSH           `json:"ssh,omitempty"` // how inventories reach the host
	Roles    []string       `json:"roles,omitempty"`
	Packages []Package      `json:"packages,omitempty"` // what has to be installed, in the order of their names
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
