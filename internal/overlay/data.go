package overlay

import (
	"cmp"
	"net/netip"
	"reflect"
	"strings"

	"github.com/khagen/khagen/internal/template"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// view shows the model under the definition's names, as text, numbers, lists and maps.
type view struct {
	optional map[string]bool // by the path of a scalar: whether it has no default
}

// cluster is the definition but for its hosts, with what it leaves to other fields.
func (v *view) cluster(c *topology.Cluster) map[string]any {
	spec := *c.Spec
	spec.Hosts = nil
	spec.Etcd.Token = c.EtcdToken()
	spec.LoadBalancer.Port = c.LoadBalancerPort
	if version, err := c.EtcdVersion(); err == nil && c.RunsEtcd() {
		spec.Etcd.Version = version.String()
	}
	return v.block("", reflect.ValueOf(spec))
}

// host is a host's part, with what it has from the cluster and what topology works out for it.
func (v *view) host(h *topology.Host) map[string]any {
	spec := *h.Spec
	spec.NodeName = h.NodeName
	spec.SSH.Address = cmp.Or(spec.SSH.Address, spec.Address.String())
	if h.VRRPPriority != 0 {
		spec.VRRP.Priority = &h.VRRPPriority
		spec.VRRP.Interface = h.VRRPInterface()
	}
	if h.IsEtcdMember() {
		spec.Etcd = schema.HostEtcd{Name: h.EtcdName(), Address: h.EtcdAddress(), DataDir: h.EtcdDataDir(), WALDir: h.EtcdWALDir()}
	}
	m := v.block("hosts.NAME", reflect.ValueOf(spec))
	m["name"] = h.Name
	m["machine"] = v.block("machine", reflect.ValueOf(h.Machine))
	m["kubelet"] = v.block("kubernetes.kubelet", reflect.ValueOf(h.Kubelet))
	return m
}

// derived is what follows from the definition, and what a template can't work out.
func derived(c *topology.Cluster) map[string]any {
	names := func(hosts []*topology.Host) []string {
		all := []string{}
		for _, h := range hosts {
			all = append(all, h.Name)
		}
		return all
	}
	virtual, servers, services := []string{}, []string{}, []string{}
	for _, vip := range c.VIPs {
		virtual = append(virtual, vip.Address.String())
	}
	for _, b := range c.Backends {
		servers = append(servers, b.HostPort())
	}
	for _, p := range c.Spec.Kubernetes.Networking.ServiceCIDRs {
		services = append(services, p.Masked().Addr().Next().String())
	}
	return map[string]any{
		"endpoint": c.Endpoint, "virtualAddresses": virtual, "apiServers": servers, "serviceAddresses": services,
		"clusterDNS": append([]string{}, c.ClusterDNS...), "etcdEndpoints": append([]string{}, c.EtcdEndpoints()...),
		"hosts": names(c.Hosts), "controlPlanes": names(c.ControlPlanes), "workers": names(c.Workers),
		"loadBalancers": names(c.LoadBalancers), "etcdMembers": names(c.EtcdMembers),
	}
}

// block gives a struct's fields by their names in definitions.
func (v *view) block(path string, s reflect.Value) map[string]any {
	fields := map[string]any{}
	for i := range s.NumField() {
		name, _, _ := strings.Cut(s.Type().Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = v.value(strings.TrimPrefix(path+"."+name, "."), s.Field(i))
		}
	}
	return fields
}

// value shows one field; path is as khagen explain has it.
func (v *view) value(path string, f reflect.Value) any {
	switch x := f.Interface().(type) {
	case netip.Addr:
		if !x.IsValid() {
			return template.Absent(nil)
		}
		return x.String()
	case netip.Prefix:
		return x.String()
	case schema.Duration:
		if x == 0 && v.isOptional(path) {
			return template.Absent(nil)
		}
		return x.String()
	case schema.Args:
		return append([]string{}, x...)
	case schema.UnitSetting:
		return append([]string{}, x.Values...)
	case map[string]any:
		return x
	}
	switch f.Kind() {
	case reflect.Pointer:
		if f.IsNil() {
			return template.Absent(nil)
		}
		return v.value(path, f.Elem())
	case reflect.Struct:
		return v.block(path, f)
	case reflect.Slice:
		return v.list(path, f)
	case reflect.Map:
		entries := map[string]any{}
		for it := f.MapRange(); it.Next(); {
			entries[it.Key().String()] = v.value(path+".NAME", it.Value())
		}
		return entries
	case reflect.String, reflect.Int:
		if f.IsZero() && v.isOptional(path) {
			return template.Absent(nil)
		}
	}
	return f.Interface()
}

func (v *view) list(path string, f reflect.Value) any {
	if texts, ok := f.Interface().([]string); ok {
		return append([]string{}, texts...)
	}
	all := make([]any, f.Len())
	for i := range all {
		all[i] = v.value(path, f.Index(i))
	}
	return all
}

// isOptional says whether a field that is empty has no value, as opposed to an empty one.
func (v *view) isOptional(path string) bool {
	optional, known := v.optional[path]
	if !known {
		field, err := schema.Explain(path)
		optional = err == nil && field.Default == ""
		v.optional[path] = optional
	}
	return optional
}
