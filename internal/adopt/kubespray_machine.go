package adopt

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// machine sets what concerns the hosts themselves.
func (k *kubespray) machine() {
	k.runtime()
	if !k.truth("kubelet_fail_swap_on", true) {
		k.d.Set(true, "machine", "swap")
	}
	k.registries()
	k.proxy()
	if k.truth("ntp_enabled", false) {
		var servers []string
		for _, line := range k.lines("ntp_servers") {
			server, _, _ := strings.Cut(line, " ") // behind it stand options, such as iburst
			servers = append(servers, strings.ToLower(server))
		}
		if len(servers) > 0 {
			k.d.Set(servers, "machine", "timeServers")
		}
	}
	k.sysctls()
}

func (k *kubespray) runtime() {
	switch name := k.text("container_manager"); name {
	case "":
	case "crio":
		k.d.Set("cri-o", "machine", "containerRuntime", "name")
	case "docker":
		k.d.Guess("containerd", "the inventory says docker, which Kubernetes has left", "machine", "containerRuntime", "name")
	default:
		k.d.Set(name, "machine", "containerRuntime", "name")
	}
}

// sysctls reads additional_sysctl: a list of names and values.
func (k *kubespray) sysctls() {
	list, _ := k.get("additional_sysctl")
	for _, element := range elementsOf(list) {
		name, _ := textOf(element["name"])
		if value, ok := textOf(element["value"]); ok && name != "" {
			k.d.Set(value, "machine", "sysctls", name)
		}
	}
}

// elementsOf gives the mappings in a list.
func elementsOf(value any) (fields []map[string]any) {
	list, _ := value.([]any)
	for _, element := range list {
		if f, ok := element.(map[string]any); ok {
			fields = append(fields, f)
		}
	}
	return fields
}

// registries reads containerd_registries_mirrors, and containerd_registries of kubespray before 2.21.
func (k *kubespray) registries() {
	list, _ := k.get("containerd_registries_mirrors")
	for _, registry := range elementsOf(list) {
		prefix, _ := textOf(registry["prefix"])
		var mirrors []any
		for _, host := range elementsOf(registry["mirrors"]) {
			address, _ := textOf(host["host"])
			mirror := map[string]any{"url": address}
			if capabilities, ok := host["capabilities"].([]any); ok {
				mirror["capabilities"] = capabilities
			}
			if skip, _ := host["skip_verify"].(bool); skip {
				k.d.Remark("skip_verify of "+address+" has no place: give its CA as caFile.", "machine")
			}
			mirrors = append(mirrors, mirror)
		}
		k.mirrors(prefix, mirrors)
	}
	old := k.fields("containerd_registries")
	for _, name := range slices.Sorted(maps.Keys(old)) {
		var mirrors []any
		if address, ok := old[name].(string); ok {
			mirrors = append(mirrors, map[string]any{"url": address})
		}
		k.mirrors(name, mirrors)
	}
}

func (k *kubespray) mirrors(registry string, mirrors []any) {
	if registry != "" && len(mirrors) > 0 {
		k.d.Set(mirrors, "machine", "registries", registry, "mirrors")
	}
}

// proxy leaves a login out of the URL: it would stand in Git.
func (k *kubespray) proxy() {
	var known bool
	for _, p := range []struct{ variable, field string }{{"http_proxy", "http"}, {"https_proxy", "https"}} {
		text := k.text(p.variable)
		if text == "" {
			continue
		}
		known = true
		if u, err := url.Parse(text); err == nil && u.User != nil {
			u.User = nil
			text = u.String()
			k.d.Remark("The proxy's login has no place: it would stand in Git.", "machine", "httpProxy")
		}
		k.d.Set(text, "machine", "httpProxy", p.field)
	}
	direct := append(k.texts("no_proxy"), k.texts("additional_no_proxy")...)
	if known && len(direct) > 0 {
		k.d.Set(direct, "machine", "httpProxy", "noProxy")
	}
}
