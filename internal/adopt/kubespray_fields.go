package adopt

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/upstream"
)

// plainFields are the variables that say what a field says: as text, number or truth.
var plainFields = []struct {
	variable string
	take     func(k *kubespray, variable string, path []string)
	path     string
}{
	{"kube_network_node_prefix", takeNumber, "kubernetes.networking.nodeCIDRMaskSizes.ipv4"},
	{"cluster_name", takeText, "kubernetes.networking.dnsDomain"},
	{"dns_domain", takeText, "kubernetes.networking.dnsDomain"},
	{"kubernetes_audit", takeTruth, "kubernetes.apiServer.audit.enabled"},
	{"audit_log_path", takeText, "kubernetes.apiServer.audit.logPath"},
	{"audit_log_maxage", takeNumber, "kubernetes.apiServer.audit.maxAgeDays"},
	{"audit_log_maxbackups", takeNumber, "kubernetes.apiServer.audit.maxBackups"},
	{"audit_log_maxsize", takeNumber, "kubernetes.apiServer.audit.maxSizeMB"},
	{"kube_kubeadm_apiserver_extra_args", takeFlags, "kubernetes.apiServer.extraArgs"},
	{"kube_kubeadm_controller_extra_args", takeFlags, "kubernetes.controllerManager.extraArgs"},
	{"kube_kubeadm_scheduler_extra_args", takeFlags, "kubernetes.scheduler.extraArgs"},
	{"kubelet_config_extra_args", takeConfig, "kubernetes.kubelet.config"},
	{"kubelet_max_pods", takeNumber, "kubernetes.kubelet.config.maxPods"},
	{"kubelet_custom_flags", takeFlags, "kubernetes.kubelet.extraArgs"},
	{"kube_apiserver_node_port_range", takeUnusual("30000-32767"), "kubernetes.apiServer.extraArgs.service-node-port-range"},
	{"event_ttl_duration", takeUnusual("1h0m0s"), "kubernetes.apiServer.extraArgs.event-ttl"},
	{"etcd_data_dir", takeText, "etcd.dataDir"},
	{"etcd_heartbeat_interval", takeMillis, "etcd.heartbeatInterval"},
	{"etcd_election_timeout", takeMillis, "etcd.electionTimeout"},
}

func takeText(k *kubespray, variable string, path []string) {
	if text := k.text(variable); text != "" {
		k.d.Set(text, path...)
	}
}

// takeUnusual takes a text that isn't the program's own default, which kubespray's samples have in them.
func takeUnusual(usual string) func(*kubespray, string, []string) {
	return func(k *kubespray, variable string, path []string) {
		if text := k.text(variable); text != "" && text != usual {
			k.d.Set(text, path...)
		}
	}
}

func takeNumber(k *kubespray, variable string, path []string) {
	if n, found := k.number(variable); found {
		k.d.Set(n, path...)
	}
}

func takeMillis(k *kubespray, variable string, path []string) {
	switch n, found := k.number(variable); {
	case found && n%1000 == 0:
		k.d.Set(fmt.Sprintf("%ds", n/1000), path...)
	case found:
		k.d.Set(fmt.Sprintf("%dms", n), path...)
	}
}

func takeTruth(k *kubespray, variable string, path []string) {
	if _, found := k.get(variable); found {
		k.d.Set(k.truth(variable, false), path...)
	}
}

// takeFlags reads flags: a mapping, or a list of --flag=value.
func takeFlags(k *kubespray, variable string, path []string) {
	value, found := k.get(variable)
	if !found {
		return
	}
	flags, isMapping := value.(map[string]any)
	if !isMapping {
		flags = map[string]any{}
		for _, text := range k.lines(variable) {
			name, value, _ := strings.Cut(strings.TrimLeft(text, "-"), "=")
			flags[name] = value
		}
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		text, ok := textOf(flags[name])
		if !ok {
			k.refuse(variable, "want text for "+name, flags[name])
			continue
		}
		k.d.Set(text, append(slices.Clone(path), name)...)
	}
}

// takeConfig reads fields of a KubeletConfiguration.
func takeConfig(k *kubespray, variable string, path []string) {
	fields := k.fields(variable)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != nil {
			k.d.Set(fields[name], append(slices.Clone(path), name)...)
		}
	}
}

// kubernetes sets the version, the networks, and whatever is called otherwise here and there.
func (k *kubespray) kubernetes() {
	k.version()
	k.d.setImageRepository("kube_image_repo", k.text("kube_image_repo"))
	k.networks()
	for _, p := range plainFields {
		p.take(k, p.variable, strings.Split(p.path, "."))
	}
	switch mode := k.text("kube_proxy_mode"); {
	case k.truth("kube_proxy_remove", false):
		k.d.Set("none", "kubernetes", "kubeProxy", "mode")
	case mode != "":
		k.d.Set(mode, "kubernetes", "kubeProxy", "mode")
	default:
		k.d.Guess("ipvs", "kubespray's default", "kubernetes", "kubeProxy", "mode")
	}
	if k.truth("kube_proxy_strict_arp", false) {
		k.d.Set(true, "kubernetes", "kubeProxy", "config", "ipvs", "strictARP")
	}
	for _, gate := range k.texts("kubeadm_feature_gates") {
		name, value, _ := strings.Cut(gate, "=")
		k.d.Set(strings.EqualFold(value, "true"), "kubernetes", "featureGates", name)
	}
}

// version is that of the inventory, or the nearest that khagen knows.
func (k *kubespray) version() {
	at := []string{"kubernetes", "version"}
	written := k.text("kube_version")
	if written == "" {
		k.d.Guess(upstream.NewestKubernetes().String(), "the inventory has none: the newest that khagen knows", at...)
		return
	}
	if version, why := nearestVersion("the inventory", written); why == "" {
		k.d.Set(version.String(), at...)
	} else {
		k.d.Guess(version.String(), why, at...)
	}
}

// networks are one of each family, IPv4 first.
func (k *kubespray) networks() {
	six := k.truth("ipv6_stack", k.truth("enable_dual_stack_networks", false))
	four := k.truth("ipv4_stack", true)
	pods, services := &networkList{}, &networkList{}
	if four {
		k.network(pods, "kube_pods_subnet", "10.233.64.0/18")
		k.network(services, "kube_service_addresses", "10.233.0.0/18")
	}
	if six {
		k.network(pods, "kube_pods_subnet_ipv6", "fd85:ee78:d8a6:8607::1:0/112")
		k.network(services, "kube_service_addresses_ipv6", "fd85:ee78:d8a6:8607::1000/116")
		path := []string{"kubernetes", "networking", "nodeCIDRMaskSizes", "ipv6"}
		if takeNumber(k, "kube_network_node_prefix_ipv6", path); k.d.Value(path...) == nil {
			k.d.Guess(120, "kubespray's default", path...)
		}
	}
	pods.put(k.d, "podCIDRs")
	services.put(k.d, "serviceCIDRs")
	if len(services.networks) > 0 {
		k.dns(services.networks[0])
	}
}

// dns tells where kubespray's DNS is: at the third address of services, and pods ask a cache on their node. kubeadm and khagen have the
// tenth.
func (k *kubespray) dns(services string) {
	server, here := serviceAddress(services, 3).String(), serviceAddress(services, 10).String()
	if text, ok := k.filled(k.vars["skydns_server"].value).(string); ok && isAddress(text) {
		server = text
	}
	asked := server
	if k.truth("enable_nodelocaldns", true) {
		asked = firstText(k.text("nodelocaldns_ip"), "169.254.25.10")
	}
	if mode := k.text("dns_mode"); mode == "none" || asked == here {
		return
	}
	k.d.Remark(fmt.Sprintf("kubespray's pods ask %s for names, and its DNS has the address %s. Kubelets get %s here: make a Service of that address for the DNS pods before you deliver their files.",
		asked, server, here), "kubernetes", "networking")
}

// networkList is one network of each family.
type networkList struct {
	networks []string
	guessed  bool
}

func (l *networkList) put(d *Draft, field string) {
	if l.guessed {
		d.Guess(l.networks, "kubespray's default", "kubernetes", "networking", field)
	} else {
		d.Set(l.networks, "kubernetes", "networking", field)
	}
}

// network adds what a variable says; bits of hosts are taken out.
func (k *kubespray) network(l *networkList, variable, usual string) {
	text := k.text(variable)
	if text == "" {
		text, l.guessed = usual, true
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		k.refuse(variable, "want a network", text)
		return
	}
	l.networks = append(l.networks, network.Masked().String())
}

// apiServer sets who may ask, and what is encrypted.
func (k *kubespray) apiServer() {
	var plugins []string
	for _, name := range k.texts("kube_apiserver_enable_admission_plugins") {
		if name != "NodeRestriction" {
			plugins = append(plugins, name)
		}
	}
	if len(plugins) > 0 {
		k.d.Set(plugins, "kubernetes", "apiServer", "admissionPlugins")
	}
	if !k.truth("kube_api_anonymous_auth", true) {
		k.d.Set("none", "kubernetes", "apiServer", "anonymousAuth")
	}
	if k.truth("kube_encrypt_secret_data", false) {
		k.encryption()
	}
	if k.truth("kube_oidc_auth", false) {
		k.oidc()
	}
}

func (k *kubespray) encryption() {
	const why = "kubespray's default; /etc/kubernetes/ssl/secrets_encryption.yaml on a control plane tells"
	provider := k.text("kube_encryption_algorithm")
	if provider == "" {
		k.d.Guess("secretbox", why, "kubernetes", "apiServer", "encryption", "provider")
	} else {
		k.d.Set(provider, "kubernetes", "apiServer", "encryption", "provider")
	}
	if resources := k.texts("kube_encryption_resources"); len(resources) > 0 {
		k.d.Set(resources, "kubernetes", "apiServer", "encryption", "resources")
	}
	k.asked["kube_encrypt_token"] = true
	k.d.Guess([]any{map[string]any{"name": "key", "secret": "kube_encrypt_token"}}, "the secret is that file's, in base64",
		"kubernetes", "apiServer", "encryption", "keys")
}

func (k *kubespray) oidc() {
	for _, f := range []struct{ variable, field string }{
		{"kube_oidc_url", "issuerURL"},
		{"kube_oidc_client_id", "clientID"},
		{"kube_oidc_username_claim", "usernameClaim"},
		{"kube_oidc_username_prefix", "usernamePrefix"},
		{"kube_oidc_groups_claim", "groupsClaim"},
		{"kube_oidc_groups_prefix", "groupsPrefix"},
	} {
		text := k.text(f.variable)
		if f.field == "usernamePrefix" && text == "-" {
			k.d.Set("", "kubernetes", "apiServer", "oidc", f.field)
		} else if text != "" {
			k.d.Set(text, "kubernetes", "apiServer", "oidc", f.field)
		}
	}
	if file := k.text("kube_oidc_ca_file"); file != "" {
		k.d.Remark("kube_oidc_ca_file: "+quote(file)+": copy it to files/ beside this definition, and name it as caFile.", "kubernetes", "apiServer", "oidc")
	}
}

// etcd sets where the store runs. kubespray's own etcd is a service beside kubeadm, even on control planes.
func (k *kubespray) etcd() {
	way := k.text("etcd_deployment_type")
	if k.truth("etcd_kubeadm_enabled", false) {
		way = "kubeadm"
	}
	members := k.withRole("etcd")
	switch {
	case way == "kubeadm" || len(members) == 0:
		k.d.Set("stacked", "etcd", "topology")
		return
	case way == "host":
		k.d.Set("hosts", "etcd", "topology")
	case way == "":
		k.d.Guess("hosts", "kubespray's default: a service beside kubeadm, also on control planes", "etcd", "topology")
	default:
		k.d.Guess("hosts", "etcd_deployment_type is "+quote(way)+": here it is a service", "etcd", "topology")
	}
	if version := strings.TrimPrefix(k.text("etcd_version"), "v"); version != "" {
		k.d.Set(version, "etcd", "version")
	}
	if text := k.text("etcd_quota_backend_bytes"); text != "" {
		k.quota(text)
	}
}

var gibibytes = regexp.MustCompile(`(?i)^([0-9]+)Gi?B?$`)

func (k *kubespray) quota(text string) {
	const gib = 1 << 30
	if m := gibibytes.FindStringSubmatch(text); m != nil {
		n, _ := numberOf(m[1])
		k.d.Set(n, "etcd", "quotaBackendGiB")
		return
	}
	switch n, ok := numberOf(text); {
	case !ok:
		k.refuse("etcd_quota_backend_bytes", "want a whole number", text)
	case n%gib == 0:
		k.d.Set(n/gib, "etcd", "quotaBackendGiB")
	default:
		k.d.Guess(n/gib+1, fmt.Sprintf("etcd_quota_backend_bytes is %d", n), "etcd", "quotaBackendGiB")
	}
}
