package topology

import (
	"cmp"
	"maps"
	"slices"

	"github.com/khagen/khagen/schema"
)

// mergeMachine lays a host's machine over the cluster's: maps key by key, lists added, scalars replaced.
func mergeMachine(base schema.Machine, over schema.HostMachine) schema.Machine {
	m := base
	set(&m.OS, over.OS)
	setIf(&m.Swap, over.Swap)
	m.Sysctls = mergeMaps(base.Sysctls, over.Sysctls)
	m.Modules = addTo(base.Modules, over.Modules)
	m.Packages = addTo(base.Packages, over.Packages)
	m.TimeServers = addTo(base.TimeServers, over.TimeServers)
	m.Registries = mergeMaps(base.Registries, over.Registries)
	m.EtcHosts = mergeEtcHosts(base.EtcHosts, over.EtcHosts)
	if name := over.ContainerRuntime.Name; name != "" && name != base.ContainerRuntime.Name {
		m.ContainerRuntime.Name, m.ContainerRuntime.Version = name, "" // the other's version says nothing of this one's
	}
	set(&m.ContainerRuntime.Version, over.ContainerRuntime.Version)
	setIf(&m.ContainerRuntime.Manage, over.ContainerRuntime.Manage)
	m.HTTPProxy = mergeHTTPProxy(base.HTTPProxy, over.HTTPProxy)
	m.Units = mergeUnits(base.Units, over.Units)
	return m
}

func mergeHTTPProxy(base, over *schema.HTTPProxy) *schema.HTTPProxy {
	if base == nil || over == nil {
		return cmp.Or(over, base)
	}
	merged := *base
	set(&merged.HTTP, over.HTTP)
	set(&merged.HTTPS, over.HTTPS)
	merged.NoProxy = addTo(base.NoProxy, over.NoProxy)
	return &merged
}

func mergeEtcHosts(base *schema.EtcHosts, over *schema.HostEtcHosts) *schema.EtcHosts {
	if over == nil {
		return base
	}
	merged := schema.EtcHosts{Endpoint: true, Members: true} // what the block has when it is switched on by a host
	if base != nil {
		merged = *base
	}
	setIf(&merged.Endpoint, over.Endpoint)
	setIf(&merged.Members, over.Members)
	merged.Entries = mergeMaps(merged.Entries, over.Entries)
	return &merged
}

func mergeKubelet(base, over schema.Kubelet) schema.Kubelet {
	return schema.Kubelet{
		Config:    mergeConfig(base.Config, over.Config),
		ExtraArgs: mergeMaps(base.ExtraArgs, over.ExtraArgs),
	}
}

func mergeMaps[M ~map[string]V, V any](base, over M) M {
	if len(over) == 0 {
		return base
	}
	merged := maps.Clone(base)
	if merged == nil {
		merged = M{}
	}
	maps.Copy(merged, over)
	return merged
}

// mergeConfig does the same for free-form configuration, at every depth.
func mergeConfig(base, over map[string]any) map[string]any {
	merged := mergeMaps(base, over)
	for key, value := range over {
		switch old := base[key].(type) {
		case map[string]any:
			if m, ok := value.(map[string]any); ok {
				merged[key] = mergeConfig(old, m)
			}
		case []any:
			if l, ok := value.([]any); ok {
				merged[key] = append(slices.Clone(old), l...)
			}
		}
	}
	return merged
}

// addTo appends without touching the base's memory, and leaves out what is there already.
func addTo(base, over []string) []string {
	if len(over) == 0 {
		return base
	}
	merged := slices.Clone(base)
	for _, v := range over {
		if !slices.Contains(merged, v) {
			merged = append(merged, v)
		}
	}
	return merged
}

func set(dst *string, v string) {
	if v != "" {
		*dst = v
	}
}

func setIf[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}
