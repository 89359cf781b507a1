package upstream

// OS is what khagen knows of a distribution's release.
type OS struct {
	Family     string // debian | rhel
	HAProxy    string // packaged version, major.minor
	Keepalived string // packaged version
	Containerd string // packaged version, major.minor; empty where it isn't packaged
	Podman     string // packaged version, major.minor
	Kernel     string // major.minor
	Nginx      string // packaged version, major.minor
}

// operatingSystems by the names of machine.os. Sources: the distributions' package indexes.
var operatingSystems = map[string]OS{
	"debian-12":    {"debian", "2.6", "2.2.7", "1.6", "4.3", "6.1", "1.22"},
	"debian-13":    {"debian", "3.0", "2.3.3", "1.7", "5.4", "6.12", "1.26"},
	"ubuntu-22.04": {"debian", "2.4", "2.2.4", "1.7", "3.4", "5.15", "1.18"},
	"ubuntu-24.04": {"debian", "2.8", "2.2.8", "1.7", "4.9", "6.8", "1.24"},
	"rhel-8":       {"rhel", "1.8", "2.1.5", "", "4.9", "4.18", "1.14"},
	"rhel-9":       {"rhel", "2.4", "2.2.8", "", "5.4", "5.14", "1.20"},
	"rhel-10":      {"rhel", "3.0", "2.2.8", "", "5.4", "6.12", "1.26"},
}

// OperatingSystem looks a machine.os up; the zero OS where the name is unknown.
func OperatingSystem(name string) OS { return operatingSystems[name] }
