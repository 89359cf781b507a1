package adopt

import (
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/upstream"
)

// argument is one of extraArgs, with all of its values where it is repeated.
type argument struct {
	name   string
	values []string
}

// value is the last one, which wins where a flag has one value.
func (f argument) value() string { return f.values[len(f.values)-1] }

// flags reads extraArgs: a block before v1beta4, a list of names and values since.
func (k *kubeadm) flags(node *yaml.Node) []argument {
	var all []argument
	add := func(name, value string) {
		name = strings.TrimLeft(name, "-")
		if i := slices.IndexFunc(all, func(f argument) bool { return f.name == name }); i >= 0 {
			all[i].values = append(all[i].values, value)
		} else if name != "" {
			all = append(all, argument{name, []string{value}})
		}
	}
	for _, p := range pairs(node) {
		add(p.key, p.value.Value)
	}
	for _, item := range items(node) {
		add(textAt(item, "name"), textAt(item, "value"))
	}
	return all
}

var flagName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`)

// setFlag puts a flag that has no field into extraArgs, unless the version doesn't know it or it follows from the definition.
func (k *kubeadm) setFlag(program string, f argument, path ...string) {
	block := path
	if program == upstream.Etcd {
		block = []string{"etcd"}
	}
	problem, instead := upstream.FlagProblem(program, f.name, k.programVersion(program))
	if problem != "" && instead != "" && !strings.HasPrefix(instead, nothing) {
		problem += "; instead"
	}
	if problem == "" {
		var owned bool
		if instead, owned = rules.KubeadmOwns(program, f.name); owned {
			problem = "follows from the definition"
		}
	}
	switch {
	case !flagName.MatchString(f.name):
		k.Remark("--"+f.name+" is no flag.", block...)
	case problem != "":
		k.Remark("--"+f.name+" "+problem+because(instead)+".", block...)
	case len(f.values) > 1:
		k.Set(f.values, append(slices.Clone(block), "extraArgs", f.name)...)
	default:
		k.Set(f.value(), append(slices.Clone(block), "extraArgs", f.name)...)
	}
}

// because says what takes a flag's place, or why nothing does.
func because(instead string) string {
	if instead == "" {
		return ""
	}
	return ": " + strings.TrimPrefix(instead, nothing)
}

// nothing stands before the reason why nothing takes a flag's place.
const nothing = "nothing: "

// programVersion is that of etcd, or of Kubernetes.
func (k *kubeadm) programVersion(program string) upstream.Version {
	if program == upstream.Etcd {
		if v, err := upstream.ParseVersion(upstream.DefaultEtcd(k.version)); err == nil {
			return v
		}
	}
	return k.version
}

// apiServerFlags puts flags into the fields that they have.
func (k *kubeadm) apiServerFlags(flags []argument) {
	var oidc []argument
	for _, f := range flags {
		switch {
		case strings.HasPrefix(f.name, "oidc-"):
			oidc = append(oidc, f)
		case k.auditFlag(f), k.accessFlag(f), k.listenFlag(f):
		default:
			k.setFlag(upstream.APIServer, f, "kubernetes", "apiServer")
		}
	}
	if len(oidc) > 0 {
		k.oidc(oidc)
	}
}

func (k *kubeadm) auditFlag(f argument) bool {
	at := []string{"kubernetes", "apiServer", "audit"}
	number := map[string]string{"audit-log-maxage": "maxAgeDays", "audit-log-maxbackup": "maxBackups", "audit-log-maxsize": "maxSizeMB"}
	switch {
	case f.name == "audit-log-path" && path.IsAbs(f.value()):
		k.Set(f.value(), append(at, "logPath")...)
	case f.name == "audit-log-path":
		k.Remark("The audit log went to standard output: here it is a file.", at...)
	case f.name == "audit-policy-file":
		k.Remark("The API server reads its policy from "+f.value()+": copy it to files/audit-policy.yaml and write policyFile; khagen's own logs metadata.", at...)
	case number[f.name] != "":
		if n, err := strconv.ParseUint(f.value(), 10, 31); err == nil {
			k.Set(int(n), append(at, number[f.name])...)
		}
	default:
		return false
	}
	return true
}

// accessFlag takes what decides who may do what.
func (k *kubeadm) accessFlag(f argument) bool {
	api := []string{"kubernetes", "apiServer"}
	switch f.name {
	case "authorization-mode":
		if f.value() != "Node,RBAC" { // which older kubeadms wrote into every cluster's copy
			k.setFlag(upstream.APIServer, f, api...)
		}
	case "anonymous-auth":
		value := "all"
		if f.value() == "false" {
			value = "none"
		}
		k.Set(value, append(api, "anonymousAuth")...)
	case "enable-admission-plugins":
		var plugins []string
		for _, name := range strings.Split(strings.Join(f.values, ","), ",") {
			name = strings.TrimSpace(name)
			if problem := upstream.AdmissionPluginProblem(name, k.version); problem != "" {
				k.Remark("The admission plugin "+name+" "+problem+".", api...)
			} else if name != "NodeRestriction" && !slices.Contains(plugins, name) {
				plugins = append(plugins, name)
			}
		}
		if len(plugins) > 0 {
			k.Set(plugins, append(api, "admissionPlugins")...)
		}
	case "encryption-provider-config":
		k.setFlag(upstream.APIServer, f, api...)
		k.Remark("The keys in "+f.value()+" were not read: the file stays yours. apiServer.encryption writes one from named secrets: docs/encryption.md.", api...)
	case "authentication-config":
		k.setFlag(upstream.APIServer, f, api...)
		k.keepAuthentication("authentication-config is your own file")
	case "shutdown-delay-duration":
		k.Remark("--shutdown-delay-duration is left out: behind haproxy khagen sets it to the time that the balancer takes to notice.", api...)
	default:
		return false
	}
	return true
}

// keepAuthentication leaves it to the user's own flags: "health" would bring a file of khagen's.
func (k *kubeadm) keepAuthentication(why string) {
	if at := []string{"kubernetes", "apiServer", "anonymousAuth"}; k.Value(at...) == nil {
		k.Guess("all", why+`; "health" and it exclude each other`, at...)
	}
}

// listenFlag takes where the API server listens, and the network of services.
func (k *kubeadm) listenFlag(f argument) bool {
	switch f.name {
	case "secure-port":
		if n, ok := count(f.value()); ok {
			k.Set(n, "kubernetes", "apiServer", "port")
		}
	case "bind-address":
		a, err := netip.ParseAddr(f.value())
		if err != nil || !a.IsUnspecified() {
			k.Remark("The API server listened on "+f.value()+` alone: write bind: "address" for each host's own.`, "kubernetes", "apiServer")
		}
	case "service-cluster-ip-range":
		return k.networkFlag(f)
	default:
		return false
	}
	return true
}

// oidcFields by flag.
var oidcFields = map[string]string{
	"oidc-issuer-url": "issuerURL", "oidc-client-id": "clientID", "oidc-username-claim": "usernameClaim", "oidc-username-prefix": "usernamePrefix",
	"oidc-groups-claim": "groupsClaim", "oidc-groups-prefix": "groupsPrefix",
}

// oidc takes the identity provider. Where flags demand more than the definition can say, all of them stay flags, so that nobody gets in
// who didn't before.
func (k *kubeadm) oidc(flags []argument) {
	api := []string{"kubernetes", "apiServer"}
	fits := func(f argument) bool { return oidcFields[f.name] != "" || f.name == "oidc-ca-file" }
	issuer, _ := find(flags, func(f argument) bool { return f.name == "oidc-issuer-url" })
	if len(issuer.values) == 0 || slices.ContainsFunc(flags, func(f argument) bool { return !fits(f) }) {
		for _, f := range flags {
			k.setFlag(upstream.APIServer, f, api...)
		}
		k.keepAuthentication("OpenID Connect stays in extraArgs, since oidc hasn't all of its flags")
		return
	}
	for _, f := range flags {
		value := f.value()
		switch {
		case f.name == "oidc-ca-file":
			k.Remark("The provider's CA is "+value+": copy it to files/oidc-ca.crt and write caFile.", append(api, "oidc")...)
			continue
		case f.name == "oidc-username-prefix" && value == "-":
			value = ""
		}
		k.Set(value, append(api, "oidc", oidcFields[f.name])...)
	}
}

// etcdFlag puts etcd's flags into the fields that they have.
func (k *kubeadm) etcdFlag(f argument) bool {
	n, isNumber := count(f.value())
	switch {
	case f.name == "heartbeat-interval" && isNumber:
		k.Set(duration(time.Duration(n)*time.Millisecond), "etcd", "heartbeatInterval")
	case f.name == "election-timeout" && isNumber:
		k.Set(duration(time.Duration(n)*time.Millisecond), "etcd", "electionTimeout")
	case f.name == "initial-cluster-token":
		k.Set(f.value(), "etcd", "token")
	case f.name == "quota-backend-bytes":
		bytes, err := strconv.ParseUint(f.value(), 10, 63)
		if err != nil || bytes == 0 {
			return false
		}
		const gib = 1 << 30
		whole := int((bytes + gib - 1) / gib)
		if bytes%gib == 0 {
			k.Set(whole, "etcd", "quotaBackendGiB")
		} else {
			k.Guess(whole, "rounded up from "+f.value()+" bytes", "etcd", "quotaBackendGiB")
		}
	default:
		return false
	}
	return true
}
