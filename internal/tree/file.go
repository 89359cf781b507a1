// Package tree turns rendered files into a directory and back: in come the files of a cluster, out go a plan, a diff
// or the directory out/<cluster>, which is at every moment wholly old or wholly new.
package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
)

// Kind says what a file is to the host that gets it.
type Kind string

// The kinds of files.
const (
	KindFile     Kind = "file"     // delivered verbatim
	KindObject   Kind = "object"   // delivered verbatim; Kubernetes YAML, which overlays can patch
	KindBlock    Kind = "block"    // a marked part of a file that others own, such as /etc/hosts
	KindSecret   Kind = "secret"   // a template that names secrets, never a value
	KindManifest Kind = "manifest" // khagen's own index of a host or a cluster; not delivered
)

// Phase orders the activation of files on a host.
type Phase string

// The phases, in the order in which they are activated.
const (
	PhasePrerequisites Phase = "prerequisites"
	PhaseEtcd          Phase = "etcd"
	PhaseLoadBalancer  Phase = "load-balancer"
	PhaseControlPlane  Phase = "control-plane"
	PhaseWorker        Phase = "worker"
)

// Phases is the order of activation.
var Phases = []Phase{PhasePrerequisites, PhaseEtcd, PhaseLoadBalancer, PhaseControlPlane, PhaseWorker}

// Verb is what an Action does to its unit.
type Verb string

// The verbs. An Action with VerbSysctl, VerbModules or VerbUsers has no unit: it loads what the file says.
const (
	VerbReload  Verb = "reload"
	VerbRestart Verb = "restart"
	VerbStart   Verb = "start"
	VerbTry     Verb = "try-restart" // where the unit is there and runs
	VerbSysctl  Verb = "sysctl"      // sysctl --system
	VerbModules Verb = "modules"     // systemctl restart systemd-modules-load.service
	VerbUsers   Verb = "sysusers"    // systemd-sysusers
	VerbDaemon  Verb = "daemon-reload"
	VerbSignal  Verb = "signal" // HUP to the process of the static pod named by Unit
)

// Action is what has to happen on the host where a file changes.
type Action struct {
	Verb Verb
	Unit string // a systemd unit, or the name of a static pod's container for VerbSignal
}

// String gives the form that stands in manifests: "reload haproxy.service".
func (a Action) String() string {
	if a.Unit == "" {
		return string(a.Verb)
	}
	return string(a.Verb) + " " + a.Unit
}

// File is one rendered file.
type File struct {
	Host    string      // "" for files of the whole cluster; Path is then relative to the cluster's folder
	Path    string      // absolute on the host, slash-separated, cleaned
	Kind    Kind        //
	Mode    fs.FileMode // what the host gets; in Git 0644, or 0755 where an execute bit is set
	Owner   string      // "user:group"; root:root where empty
	Content []byte      //
	Phase   Phase       // when it is activated
	Notify  []Action    // what has to happen where it changes
	Enable  string      // the systemd unit that it is, where hosts have to enable that and topology doesn't know it
	Source  string      // the generator, patch or user file that made it
}

// TreePath is the file's place below out/<cluster>/, slash-separated.
func (f *File) TreePath() string {
	if f.Host == "" {
		return f.Path
	}
	base := path.Join("hosts", f.Host)
	switch f.Kind {
	case KindBlock:
		return path.Join(base, "blocks", f.Path)
	case KindSecret:
		return path.Join(base, "secrets", f.Path) + ".j2"
	case KindManifest:
		return path.Join(base, f.Path)
	}
	return path.Join(base, "rootfs", f.Path)
}

// Secret is the placeholder of a secret in a file of KindSecret; Ansible and Salt put the value in.
func Secret(name string) string { return "{{ khagen_secrets['" + name + "'] }}" }

// ConfigHashKey is the annotation of a static pod for the hash of a file that its program reads only when it starts: the kubelet
// starts the pod again when it changes.
const ConfigHashKey = "khagen/config-hash"

// ConfigHash is the value of that annotation.
func ConfigHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:16]
}
