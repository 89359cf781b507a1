package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
)

// badValue is a flag's value that opens or stops the cluster.
type badValue struct {
	component, flag string
	bad             func(value string) bool
	why             string
}

var badValues = []badValue{
	{upstream.APIServer, "authorization-mode", func(v string) bool { return lists(v, "AlwaysAllow") }, "lets everyone do everything"},
	{upstream.APIServer, "authorization-mode", func(v string) bool { return v != "AlwaysAllow" && !lists(v, "Node") }, "takes kubelets the rights that they need: keep Node and RBAC"},
	{upstream.APIServer, "allow-privileged", isFalse, "stops kube-proxy and every CNI"},
	{upstream.APIServer, "disable-admission-plugins", func(v string) bool { return lists(v, "NodeRestriction") }, "lets every kubelet change every node"},
	{upstream.APIServer, "cors-allowed-origins", func(v string) bool { return lists(v, ".*") }, "lets every web page use the API with its visitor's rights"},
	{upstream.APIServer, "token-auth-file", func(string) bool { return true }, "keeps passwords in a file, which CIS forbids; bootstrap tokens and service accounts replace it"},
	{upstream.APIServer, "service-account-lookup", isFalse, "accepts tokens of deleted service accounts"},
	{upstream.ControllerManager, "use-service-account-credentials", isFalse, "gives every controller the rights of all"},
	{upstream.ControllerManager, "leader-elect", isFalse, "lets the controllers of all control planes work against each other"},
	{upstream.Scheduler, "leader-elect", isFalse, "lets the schedulers of all control planes work against each other"},
	{upstream.Kubelet, "anonymous-auth", isTrue, "lets everyone run commands in pods"},
	{upstream.Kubelet, "authorization-mode", func(v string) bool { return v == "AlwaysAllow" }, "lets everyone run commands in pods"},
	{upstream.Kubelet, "read-only-port", func(v string) bool { return v != "0" }, "shows all pods to everyone"},
	{upstream.Etcd, "force-new-cluster", isTrue, "makes each member forget the others, at every start"},
	{upstream.Etcd, "unsafe-no-fsync", isTrue, "loses writes when a host stops"},
	{upstream.Etcd, "strict-reconfig-check", isFalse, "lets a new member take the majority away"},
}

// badSetting is the same in free-form configuration; dots go into blocks.
type badSetting struct {
	kind, key string
	bad       func(value string) bool
	why       string
}

var badSettings = []badSetting{
	{"kubelet", "authentication.anonymous.enabled", isTrue, "lets everyone run commands in pods"},
	{"kubelet", "authorization.mode", func(v string) bool { return v == "AlwaysAllow" }, "lets everyone run commands in pods"},
	{"kubelet", "readOnlyPort", func(v string) bool { return v != "0" }, "shows all pods to everyone"},
	{"scheduler", "leaderElection.leaderElect", isFalse, "lets the schedulers of all control planes work against each other"},
}

func isTrue(v string) bool  { return strings.EqualFold(v, "true") || v == "1" }
func isFalse(v string) bool { return strings.EqualFold(v, "false") || v == "0" }

// lists says whether a list with commas has an item.
func lists(value, item string) bool { return slices.Contains(strings.Split(value, ","), item) }

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
	for _, config := range configurations(c) {
		for _, bad := range badSettings {
			if v := config.value(bad.key); bad.kind == config.kind && v != nil && bad.bad(fmt.Sprint(v)) {
				f.add(c, config.key(bad.key), "%s: %v %s", bad.key, v, bad.why).mend("delete it")
			}
		}
	}
	tokenValues(c, f)
}

// tokenValues are those that hosts need that join by token, as kubeadm's always do.
func tokenValues(c *topology.Cluster, f *found) {
	if c.Binaries() && !c.JoinsByToken() {
		return
	}
	for _, v := range c.Spec.Kubernetes.APIServer.ExtraArgs["enable-bootstrap-token-auth"] {
		if isFalse(v) {
			f.add(c, field{"kubernetes", "apiServer", "extraArgs", "enable-bootstrap-token-auth"},
				"enable-bootstrap-token-auth=%s stops hosts that join", v)
		}
	}
}
