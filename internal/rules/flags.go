package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

var flagRules = []Rule{
	{
		ID: "KH100", Severity: Error,
		Title:   "the version that runs knows every flag",
		Reason:  "A component that is given a flag that it doesn't know exits at once.",
		Hint:    "delete the flag",
		Source:  "kubernetes/kubernetes CHANGELOG/; cmd/*/app/options of each release; etcd-io/etcd server/etcdmain/config.go, server/embed/config.go",
		cluster: flagsKnown,
	},
	{
		ID: "KH101", Severity: Error,
		Title:   "extraArgs don't repeat what follows from the definition",
		Reason:  "One of the two values would win without a word, and certificates, probes or other hosts rely on the derived one.",
		Hint:    "use the definition's own field",
		Source:  "the table of flags in docs/rules.md; kubernetes/kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go",
		cluster: flagsFree,
	},
	{
		ID: "KH102", Severity: Error,
		Title:   "free-form configuration doesn't repeat what follows from the definition",
		Reason:  "One of the two values would win without a word.",
		Hint:    "use the definition's own field",
		Source:  "https://kubernetes.io/docs/reference/config-api/",
		cluster: configFree,
	},
	{
		ID: "KH103", Severity: Error,
		Title:   "flags have values that leave the cluster closed and alive",
		Reason:  "The value opens the API to everyone, or stops what every cluster needs.",
		Hint:    "delete the flag",
		Source:  "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/; CIS Kubernetes Benchmark 1.2",
		cluster: flagValues,
	},
	{
		ID: "KH104", Severity: Error,
		Title:   "flags for OpenID Connect and a configuration of authentication exclude each other",
		Reason:  "The API server refuses to start with both, and khagen writes the configuration for oidc (from 1.30 on) and for anonymousAuth \"health\".",
		Hint:    "delete the flag: oidc has the provider; or use anonymousAuth: \"all\" without oidc, and a file of your own or all these flags",
		Source:  "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration",
		cluster: oidcFlags,
	},
	{
		ID: "KH105", Severity: Error,
		Title:   "kubeadm knows its feature gates",
		Reason:  "kubeadm refuses the configuration. (Gates of Kubernetes itself belong into extraArgs: feature-gates.)",
		Hint:    "delete the gate",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/features/features.go",
		cluster: gatesKnown,
	},
	{
		ID: "KH106", Severity: Error,
		Title:   "the API server knows its admission plugins",
		Reason:  "It refuses to start with a name that it doesn't know.",
		Hint:    "correct the name, or delete it",
		Source:  "kubernetes/kubernetes pkg/kubeapiserver/options/plugins.go",
		cluster: pluginsKnown,
	},
	{
		ID: "KH107", Severity: Warning,
		Title:   "files that flags name are mounted",
		Reason:  "Components of kubeadm's control plane run in containers: they see only the folders that are mounted. The file itself is yours to bring: khagen puts none there for a flag, also where its folder is mounted.",
		Hint:    "put the file on every control plane, and add its folder to extraVolumes",
		Source:  "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/control-plane-flags/",
		cluster: filesMounted,
	},
	{
		ID: "KH108", Severity: Error,
		Title:   "volumes of a component have names and places of their own",
		Reason:  "Of two volumes with one name kubeadm keeps the last, which may have been its own; a pod with two mounts at one path is refused.",
		Hint:    "rename it, or delete it where it is mounted anyway",
		Source:  "kubernetes/kubernetes cmd/kubeadm/app/phases/controlplane/volumes.go",
		cluster: volumesUnique,
	},
	{
		ID: "KH109", Severity: Error,
		Title:   "flags that units start programs with are single words",
		Reason:  "They reach the program through an EnvironmentFile: systemd splits them at white space, and takes quotes and backslashes for its own. That concerns the kubelet, and without kubeadm every component.",
		Hint:    "use a value without them, or a file that the flag names",
		Source:  "systemd.exec(5), EnvironmentFile=; systemd.service(5), Command lines",
		cluster: flagWords,
	},
	{
		ID: "KH110", Severity: Error,
		Title:   "the scheduler's own connection names its kubeconfig",
		Reason:  "With a configuration file kube-scheduler ignores the flag that names it: without one it can't log in.",
		Hint:    "add kubeconfig to clientConnection: the path of the scheduler's own",
		Source:  "https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/",
		cluster: schedulerConnection,
	},
}

// component is a program with flags of the user's.
type component struct {
	name    string // as upstream's tables have it
	at      field  // of its extraArgs
	args    map[string]schema.Args
	volumes []schema.Volume
	host    *topology.Host // nil: the whole cluster's
}

// components lists all extraArgs of a definition; those of hosts only where they have some.
func components(c *topology.Cluster) []component {
	k := c.Spec.Kubernetes
	all := []component{
		{upstream.APIServer, field{"kubernetes", "apiServer", "extraArgs"}, k.APIServer.ExtraArgs, k.APIServer.ExtraVolumes, nil},
		{upstream.ControllerManager, field{"kubernetes", "controllerManager", "extraArgs"}, k.ControllerManager.ExtraArgs, k.ControllerManager.ExtraVolumes, nil},
		{upstream.Scheduler, field{"kubernetes", "scheduler", "extraArgs"}, k.Scheduler.ExtraArgs, k.Scheduler.ExtraVolumes, nil},
		{upstream.Kubelet, field{"kubernetes", "kubelet", "extraArgs"}, k.Kubelet.ExtraArgs, nil, nil},
		{upstream.Etcd, field{"etcd", "extraArgs"}, c.Spec.Etcd.ExtraArgs, nil, nil},
	}
	for _, h := range c.Hosts {
		if len(h.Spec.Kubelet.ExtraArgs) > 0 {
			all = append(all, component{upstream.Kubelet, field{"hosts", h.Name, "kubelet", "extraArgs"}, h.Spec.Kubelet.ExtraArgs, nil, h})
		}
	}
	return all
}

// flag is where the definition has one of a component's flags.
func (k component) flag(name string) field { return append(slices.Clone(k.at), name) }

func (k component) flags() []string { return slices.Sorted(maps.Keys(k.args)) }

func flagsKnown(c *topology.Cluster, f *found) {
	for _, k := range components(c) {
		version, running := c.Version, "Kubernetes "+c.Version.String()
		if k.name == upstream.Etcd {
			v, err := c.EtcdVersion()
			if err != nil {
				continue
			}
			version, running = v, "etcd "+v.String()
		}
		for _, name := range k.flags() {
			problem, instead := upstream.FlagProblem(k.name, name, version)
			if problem == "" {
				continue
			}
			exists := upstream.FlagExists(k.name, name, version)
			if exists {
				problem += ", and this cluster runs " + running
			}
			finding := f.add(c, k.flag(name), "%s %s", name, problem)
			if instead != "" {
				finding.mend("%s", useInstead(instead))
			} else if near := schema.Nearest(name, upstream.Flags(k.name)); near != "" && !exists {
				finding.mend("%s", meantFlag(c, k.name, near, version))
			}
		}
	}
}

// meantFlag guesses what a flag that doesn't exist stands for, and says at once where that one is no use either.
func meantFlag(c *topology.Cluster, component, near string, v upstream.Version) string {
	problem, instead := upstream.FlagProblem(component, near, v)
	if problem == "" {
		instead, _ = ownedFlag(c, component, near)
	} else {
		near += ", which " + problem
	}
	hint := fmt.Sprintf("did you mean %s?", near)
	if instead != "" {
		hint += " " + useInstead(instead)
	}
	return hint
}

func flagsFree(c *topology.Cluster, f *found) {
	for _, k := range components(c) {
		for _, name := range k.flags() {
			if instead, owned := ownedFlag(c, k.name, name); owned {
				f.add(c, k.flag(name), "%s of %s follows from the definition", name, k.name).mend("%s", useInstead(instead))
			}
		}
	}
}

func oidcFlags(c *topology.Cluster, f *found) {
	if !c.AuthenticationByFile() {
		return
	}
	a, beside := c.Spec.Kubernetes.APIServer, "oidc"
	if a.OIDC == nil {
		beside = `anonymousAuth "health"`
	}
	for _, name := range slices.Sorted(maps.Keys(a.ExtraArgs)) {
		if strings.HasPrefix(name, "oidc-") {
			f.add(c, field{"kubernetes", "apiServer", "extraArgs", name}, "%s stands beside %s", name, beside)
		}
	}
}

func gatesKnown(c *topology.Cluster, f *found) {
	if c.Binaries() {
		return // without a use, which is what KH006 says
	}
	gates := c.Spec.Kubernetes.FeatureGates
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		if problem := upstream.KubeadmGateProblem(name, gates[name], c.Version); problem != "" {
			f.add(c, field{"kubernetes", "featureGates", name}, "%s %s, and kubeadm is %s", name, problem, c.Version).
				mend("delete it; kubeadm %s knows %s", c.Version.MajorMinor(), list(upstream.KubeadmGates(c.Version)))
		}
	}
}

func pluginsKnown(c *topology.Cluster, f *found) {
	at := field{"kubernetes", "apiServer", "admissionPlugins"}
	for _, name := range c.Spec.Kubernetes.APIServer.AdmissionPlugins {
		if problem := upstream.AdmissionPluginProblem(name, c.Version); problem != "" {
			f.add(c, at, "%s %s, and this cluster runs %s", name, problem, c.Version)
		}
		if name == "AlwaysAdmit" || name == "AlwaysDeny" {
			f.add(c, at, "%s admits everything or nothing, whatever the others say", name).mend("delete it")
		}
	}
}

func flagWords(c *topology.Cluster, f *found) {
	oidcWords(c, f)
	for _, k := range components(c) {
		if k.name != upstream.Kubelet && !c.Binaries() {
			continue
		}
		special := " \t\"'\\"
		if !c.Binaries() {
			special += "$%" // kubeadm's file has no quotes around the flags
		}
		for _, name := range k.flags() {
			for _, value := range k.args[name] {
				if strings.ContainsAny(value, special) {
					finding := f.add(c, k.flag(name), "the value %q of %s is no single word", value, name)
					if k.name == upstream.Kubelet {
						finding.mend("use kubelet: config, which is a file")
					}
				}
			}
		}
	}
}

// oidcWords is flagWords for the flags that follow from oidc.
func oidcWords(c *topology.Cluster, f *found) {
	if !c.Binaries() || !c.OIDCByFlags() {
		return
	}
	o := c.Spec.Kubernetes.APIServer.OIDC
	for _, n := range []struct{ name, value string }{
		{"clientID", o.ClientID},
		{"usernameClaim", o.UsernameClaim},
		{"usernamePrefix", c.OIDCUsernamePrefix()},
		{"groupsClaim", o.GroupsClaim},
		{"groupsPrefix", o.GroupsPrefix},
	} {
		if strings.ContainsAny(n.value, " \t\"'\\") {
			f.add(c, field{"kubernetes", "apiServer", "oidc", n.name}, "the value %q is no single word, and a flag of the unit before Kubernetes 1.30", n.value).
				mend("use a value without white space, quotes and backslashes")
		}
	}
}

func schedulerConnection(c *topology.Cluster, f *found) {
	kubeconfig := "/etc/kubernetes/scheduler.conf"
	if c.Binaries() {
		kubeconfig = c.Kubeconfig("kube-scheduler")
	}
	connection, ok := c.Spec.Kubernetes.Scheduler.Config["clientConnection"].(map[string]any)
	if ok && connection["kubeconfig"] == nil {
		f.add(c, field{"kubernetes", "scheduler", "config", "clientConnection"}, "clientConnection has no kubeconfig").
			mend("add kubeconfig: %q to clientConnection", kubeconfig)
	}
}
