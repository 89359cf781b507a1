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
	CgroupV1   bool   // whether it boots with version 1 of control groups, unless told otherwise
}

// operatingSystems by the names of machine.os. Sources: the distributions' package indexes; RHEL's
// documentation on control groups.
var operatingSystems = map[string]OS{
	"debian-12":    {"debian", "2.6", "2.2.7", "1.6", "4.3", "6.1", "1.22", false},
	"debian-13":    {"debian", "3.0", "2.3.3", "1.7", "5.4", "6.12", "1.26", false},
	"ubuntu-22.04": {"debian", "2.4", "2.2.4", "1.7", "3.4", "5.15", "1.18", false},
	"ubuntu-24.04": {"debian", "2.8", "2.2.8", "1.7", "4.9", "6.8", "1.24", false},
	"rhel-8":       {"rhel", "1.8", "2.1.5", "", "4.9", "4.18", "1.14", true},
	"rhel-9":       {"rhel", "2.4", "2.2.8", "", "5.4", "5.14", "1.20", false},
	"rhel-10":      {"rhel", "3.0", "2.2.8", "", "5.4", "6.12", "1.26", false},
}

// OperatingSystem looks a machine.os up; the zero OS where the name is unknown.
func OperatingSystem(name string) OS { return operatingSystems[name] }

// FamilyRHEL is OS.Family of RHEL and its rebuilds.
const FamilyRHEL = "rhel"

// KeepalivedChecksInclude says whether a version of keepalived knows includea, which refuses a file that is missing or can't be
// read. Source: keepalived.conf(5) of 2.2.4, the oldest that is known to have it.
func KeepalivedChecksInclude(v Version) bool { return v.AtLeast(2, 2) }
