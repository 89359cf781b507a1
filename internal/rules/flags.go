package rules

import (
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
		Source:  "kubernetes/kubernetes CHANGELOG/; cmd/*/app/options of each release; etcd-io/etcd server/etcdmain/config.go",
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
		Reason:  "The API server refuses to start with both, and khagen writes the configuration for anonymousAuth \"health\".",
		Hint:    `use anonymousAuth: "all" with these flags`,
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
		Reason:  "Components of the control plane run in containers: they see only the folders that are mounted. The file itself is yours to bring: khagen puts none there for a flag, also where its folder is mounted.",
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
		Title:   "flags of the kubelet are single words",
		Reason:  "systemd splits them at spaces and reads quotes, backslashes and dollar signs in them.",
		Hint:    "use kubelet: config, which is a file",
		Source:  "systemd.exec(5), EnvironmentFile=; systemd.service(5), Command lines",
		cluster: kubeletWords,
	},
	{
		ID: "KH110", Severity: Error,
		Title:   "the scheduler's own connection names its kubeconfig",
		Reason:  "With a configuration file kube-scheduler ignores the flag that names it: without one it can't log in.",
		Hint:    `add kubeconfig: "/etc/kubernetes/scheduler.conf" to clientConnection`,
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
			text := upstream.DefaultEtcd(c.Version)
			v, err := upstream.ParseVersion(text)
			if err != nil {
				continue
			}
			version, running = v, "etcd "+text
		}
		for _, name := range k.flags() {
			if problem, instead := upstream.FlagProblem(k.name, name, version); problem != "" {
				finding := f.add(c, k.flag(name), "%s %s, and this cluster runs %s", name, problem, running)
				if instead != "" {
					finding.mend("%s", useInstead(instead))
				}
			}
		}
	}
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

func configFree(c *topology.Cluster, f *found) {
	k := c.Spec.Kubernetes
	check := func(at field, config map[string]any, owned map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(config)) {
			if instead, ok := owned[key]; ok {
				f.add(c, append(at[:len(at):len(at)], key), "%s follows from the definition", key).mend("%s", useInstead(instead))
			}
		}
	}
	check(field{"kubernetes", "kubelet", "config"}, k.Kubelet.Config, ownedKubeletKeys)
	check(field{"kubernetes", "kubeProxy", "config"}, k.KubeProxy.Config, ownedProxyKeys)
	check(field{"kubernetes", "scheduler", "config"}, k.Scheduler.Config, ownedSchedulerKeys)
	for _, h := range c.Hosts {
		check(field{"hosts", h.Name, "kubelet", "config"}, h.Spec.Kubelet.Config, ownedKubeletKeys)
	}
}

// badValue is a flag's value that opens or stops the cluster.
type badValue struct {
	component, flag string
	bad             func(value string) bool
	why             string
}

var badValues = []badValue{
	{upstream.APIServer, "authorization-mode", func(v string) bool { return slices.Contains(strings.Split(v, ","), "AlwaysAllow") }, "lets everyone do everything"},
	{upstream.APIServer, "authorization-mode", func(v string) bool { return v != "AlwaysAllow" && !slices.Contains(strings.Split(v, ","), "Node") }, "takes kubelets the rights that they need: keep Node and RBAC"},
	{upstream.APIServer, "allow-privileged", isFalse, "stops kube-proxy and every CNI"},
	{upstream.APIServer, "disable-admission-plugins", func(v string) bool { return slices.Contains(strings.Split(v, ","), "NodeRestriction") }, "lets every kubelet change every node"},
	{upstream.APIServer, "enable-bootstrap-token-auth", isFalse, "stops kubeadm join"},
	{upstream.APIServer, "cors-allowed-origins", func(v string) bool { return slices.Contains(strings.Split(v, ","), ".*") }, "lets every web page use the API with its visitor's rights"},
	{upstream.APIServer, "token-auth-file", func(string) bool { return true }, "keeps passwords in a file, which CIS forbids; bootstrap tokens and service accounts replace it"},
	{upstream.APIServer, "service-account-lookup", isFalse, "accepts tokens of deleted service accounts"},
	{upstream.ControllerManager, "use-service-account-credentials", isFalse, "gives every controller the rights of all"},
	{upstream.ControllerManager, "leader-elect", isFalse, "lets the controllers of all control planes work against each other"},
	{upstream.Scheduler, "leader-elect", isFalse, "lets the schedulers of all control planes work against each other"},
	{upstream.Kubelet, "anonymous-auth", isTrue, "lets everyone run commands in pods"},
	{upstream.Kubelet, "authorization-mode", func(v string) bool { return v == "AlwaysAllow" }, "lets everyone run commands in pods"},
	{upstream.Kubelet, "read-only-port", func(v string) bool { return v != "0" }, "shows all pods to everyone"},
}

func isTrue(v string) bool  { return strings.EqualFold(v, "true") || v == "1" }
func isFalse(v string) bool { return strings.EqualFold(v, "false") || v == "0" }

func flagValues(c *topology.Cluster, f *found) {
	for _, k := range components(c) {
		for _, bad := range badValues {
			if bad.component != k.name {
				continue
			}
			for _, value := range k.args[bad.flag] {
				if bad.bad(value) {
					f.add(c, k.flag(bad.flag), "%s=%s %s", bad.flag, value, bad.why)
					break
				}
			}
		}
	}
}

func oidcFlags(c *topology.Cluster, f *found) {
	a := c.Spec.Kubernetes.APIServer
	if a.AnonymousAuth != "health" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(a.ExtraArgs)) {
		if strings.HasPrefix(name, "oidc-") {
			f.add(c, field{"kubernetes", "apiServer", "extraArgs", name}, `%s stands beside anonymousAuth "health"`, name)
		}
	}
}

func gatesKnown(c *topology.Cluster, f *found) {
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

func kubeletWords(c *topology.Cluster, f *found) {
	for _, k := range components(c) {
		if k.name != upstream.Kubelet {
			continue
		}
		for _, name := range k.flags() {
			for _, value := range k.args[name] {
				if strings.ContainsAny(value, " \t\"'\\$%") {
					f.add(c, k.flag(name), "the value %q of %s is no single word", value, name)
				}
			}
		}
	}
}

func schedulerConnection(c *topology.Cluster, f *found) {
	connection, ok := c.Spec.Kubernetes.Scheduler.Config["clientConnection"].(map[string]any)
	if ok && connection["kubeconfig"] == nil {
		f.add(c, field{"kubernetes", "scheduler", "config", "clientConnection"}, "clientConnection has no kubeconfig")
	}
}
