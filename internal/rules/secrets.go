package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

var secretRules = []Rule{
	{
		ID: "KH130", Severity: Error,
		Title:   "no value of the definition is a secret",
		Reason:  "The definition and what is rendered from it are in Git: whoever reads either has the secret, also after it is deleted.",
		Hint:    "take it out, replace it wherever it is in use, and name a secret instead where a field exists",
		Source:  "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
		cluster: noSecrets,
	},
	{
		ID: "KH131", Severity: Warning,
		Title:   "a secret has one purpose",
		Reason:  "What leaks in one place opens the other, and one can't be changed without the other.",
		Hint:    "give each its own name",
		Source:  "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
		cluster: secretsApart,
	},
	{
		ID: "KH132", Severity: Error,
		Title:   "no file of the definition holds a private key",
		Reason:  "The file is in Git, and is rendered for every host that it concerns.",
		Hint:    "take the key out of the file, and replace the key: it is known now",
		Source:  "https://kubernetes.io/docs/setup/best-practices/certificates/",
		cluster: noKeysInFiles,
	},
	{
		ID: "KH133", Severity: Warning,
		Title:   "the name of a secret is a name",
		Reason:  "What looks like the secret itself probably is: the field wants the name under which the delivery finds it.",
		Hint:    `use a name that says what it is for, such as "keepalived_auth"`,
		Source:  "the fields whose names end in Secret: khagen explain",
		cluster: secretNames,
	},
}

// text is a value that the schema leaves to the user.
type text struct {
	at    field
	value string
}

// freeTexts lists the values in which a secret could stand unnoticed.
func freeTexts(c *topology.Cluster) []text {
	var all []text
	add := func(at field, value string) { all = append(all, text{at, value}) }
	for _, k := range components(c) {
		for _, name := range k.flags() {
			for _, value := range k.args[name] {
				add(k.flag(name), value)
			}
		}
	}
	k := c.Spec.Kubernetes
	eachText(field{"kubernetes", "kubelet", "config"}, k.Kubelet.Config, add)
	eachText(field{"kubernetes", "kubeProxy", "config"}, k.KubeProxy.Config, add)
	eachText(field{"kubernetes", "scheduler", "config"}, k.Scheduler.Config, add)
	eachString(field{"machine", "sysctls"}, c.Spec.Machine.Sysctls, add)
	eachString(field{"accept"}, c.Spec.Accept, add)
	add(field{"loadBalancer", "accessLog", "format"}, c.Spec.LoadBalancer.AccessLog.Format)
	for _, b := range extraBlocks(c) {
		for i, line := range b.lines {
			add(append(slices.Clone(b.at), element(i)), line)
		}
	}
	eachSetting(c, func(s unitSetting) {
		for i, value := range s.value.Values {
			add(s.valueAt(i), value)
		}
	})
	eachProxy(c, func(at field, p *schema.HTTPProxy) {
		add(append(slices.Clone(at), "http"), p.HTTP)
		add(append(slices.Clone(at), "https"), p.HTTPS)
	})
	eachRegistry(c, func(at field, _ string, r schema.Registry) {
		add(append(slices.Clone(at), "server"), r.Server)
		for i, m := range r.Mirrors {
			add(append(slices.Clone(at), "mirrors", element(i), "url"), m.URL)
		}
	})
	for _, h := range c.Hosts {
		eachString(field{"hosts", h.Name, "labels"}, h.Spec.Labels, add)
		eachString(field{"hosts", h.Name, "machine", "sysctls"}, h.Spec.Machine.Sysctls, add)
		eachText(field{"hosts", h.Name, "kubelet", "config"}, h.Spec.Kubelet.Config, add)
	}
	return all
}

func eachString(at field, m map[string]string, yield func(field, string)) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		yield(append(slices.Clone(at), key), m[key])
	}
}

// eachText walks free-form configuration.
func eachText(at field, v any, yield func(field, string)) {
	switch v := v.(type) {
	case string:
		yield(at, v)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			eachText(append(slices.Clone(at), key), v[key], yield)
		}
	case []any:
		for i, e := range v {
			eachText(append(slices.Clone(at), element(i)), e, yield)
		}
	}
}

var (
	bootstrapToken = regexp.MustCompile(`^[a-z0-9]{6}\.[a-z0-9]{16}$`)
	hexKey         = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	userInURL      = regexp.MustCompile(`://[^/@:\s]+:[^/@\s]+@`)
	secretVariable = regexp.MustCompile(`(?i)\b([a-z0-9_]*(?:password|token|secret))=[^/\s"']`)
	webToken       = regexp.MustCompile(`^eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`)
)

// secretKind says what a value looks like; empty where it is none.
func secretKind(value string) string {
	switch {
	case strings.Contains(value, "PRIVATE KEY-----"):
		return "a private key"
	case len(value) == 23 && bootstrapToken.MatchString(value):
		return "a bootstrap token"
	case len(value) == 64 && hexKey.MatchString(value):
		return "kubeadm's certificate key"
	case strings.Contains(value, "@") && userInURL.MatchString(value):
		return "a URL with a password"
	case strings.HasPrefix(value, "eyJ") && webToken.MatchString(value):
		return "a token"
	}
	return ""
}

// secretFlag says whether a flag's value is a secret, whatever it looks like.
func secretFlag(name, value string) bool {
	if value == "" || strings.HasPrefix(value, "/") || name == "initial-cluster-token" {
		return false
	}
	return strings.HasSuffix(name, "password") || strings.HasSuffix(name, "-token") || strings.HasSuffix(name, "-secret")
}

func noSecrets(c *topology.Cluster, f *found) {
	for _, t := range freeTexts(c) {
		kind := secretKind(t.value)
		if name := t.at[len(t.at)-1]; kind == "" && slices.Contains(t.at, "extraArgs") && secretFlag(name, t.value) {
			kind = "the secret that " + name + " is named for"
		}
		if match := secretVariable.FindStringSubmatch(t.value); match != nil && slices.Contains(t.at, "Environment") {
			kind = "the secret that " + match[1] + " is named for"
		}
		if kind != "" {
			f.add(c, t.at, "the value looks like %s", kind)
		}
	}
}

// secretUse is a field that names a secret.
type secretUse struct {
	at            field
	name, purpose string
}

// secretUses lists all fields that name secrets, in the order of the definition.
func secretUses(c *topology.Cluster) []secretUse {
	var all []secretUse
	add := func(at field, name, purpose string) {
		if name != "" {
			all = append(all, secretUse{at, name, purpose})
		}
	}
	add(field{"kubernetes", "join", "tokenSecret"}, c.Spec.Kubernetes.Join.TokenSecret, "the bootstrap token")
	if e := c.Spec.Kubernetes.APIServer.Encryption; e != nil {
		for i, key := range e.Keys {
			add(field{"kubernetes", "apiServer", "encryption", "keys", element(i), "secret"}, key.Secret, "the encryption key "+key.Name)
		}
	}
	if vip := c.Spec.VIP; vip != nil {
		if vip.Keepalived != nil {
			add(field{"vip", "keepalived", "authSecret"}, vip.Keepalived.AuthSecret, "VRRP")
		}
		if vip.KubeVIP != nil && vip.KubeVIP.BGP != nil {
			for i, p := range vip.KubeVIP.BGP.Peers {
				add(field{"vip", "kubeVIP", "bgp", "peers", element(i), "passwordSecret"}, p.PasswordSecret, "BGP")
			}
		}
	}
	add(field{"loadBalancer", "stats", "passwordSecret"}, c.Spec.LoadBalancer.Stats.PasswordSecret, "the balancer's statistics")
	eachRegistry(c, func(at field, name string, r schema.Registry) {
		add(append(at, "credentialsSecret"), r.CredentialsSecret, "the registry "+name)
	})
	return all
}

func secretsApart(c *topology.Cluster, f *found) {
	first := map[string]secretUse{}
	for _, use := range secretUses(c) {
		other, taken := first[use.name]
		if !taken {
			first[use.name] = use
			continue
		}
		if other.purpose != use.purpose {
			f.add(c, use.at, "%s is the secret of %s, and of %s (%s)", use.name, use.purpose, other.purpose, other.at)
		}
	}
}

func noKeysInFiles(c *topology.Cluster, f *found) {
	for _, name := range slices.Sorted(maps.Keys(c.Spec.Files)) {
		if kind := secretKind(string(c.Spec.Files[name])); kind != "" {
			f.add(c, fileField(c, name), "%s holds %s", name, kind)
		}
	}
}

// fileField is where the definition names a file.
func fileField(c *topology.Cluster, name string) field {
	a := c.Spec.Kubernetes.APIServer
	switch {
	case a.Audit.PolicyFile == name:
		return field{"kubernetes", "apiServer", "audit", "policyFile"}
	case a.OIDC != nil && a.OIDC.CAFile == name:
		return field{"kubernetes", "apiServer", "oidc", "caFile"}
	}
	var named field
	eachRegistry(c, func(at field, _ string, r schema.Registry) {
		if r.CAFile == name {
			named = append(at, "caFile")
		}
		for i, m := range r.Mirrors {
			if m.CAFile == name {
				named = append(slices.Clone(at), "mirrors", element(i), "caFile")
			}
		}
	})
	return named
}

var (
	knownPasswords = []string{"admin", "changeme", "passwd", "password", "secret", "test"}
	longHex        = regexp.MustCompile(`^[0-9a-f]{16,}$`)
	wordAndDigits  = regexp.MustCompile(`^[a-z]+[0-9]{3,}$`) // solarfs250, admin123456
)

func secretNames(c *topology.Cluster, f *found) {
	for _, use := range secretUses(c) {
		if slices.Contains(knownPasswords, use.name) || longHex.MatchString(use.name) || wordAndDigits.MatchString(use.name) {
			f.add(c, use.at, "%s looks like the secret itself", fmt.Sprintf("%q", use.name))
		}
	}
}
