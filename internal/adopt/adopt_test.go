package adopt

import "testing"

// What an inventory is silent about is only a guess: a later source that says a part of it takes the rest back.
func TestComplete(t *testing.T) {
	local := func(d *Draft) {
		d.Guess(6443, "", "kubernetes", "apiServer", "port")
		d.Guess("lb.local", "a guess", "endpoint", "host")
		d.Guess(6443, "a guess", "endpoint", "port")
		d.Guess("node-local", "a guess", "loadBalancer", "placement")
		d.Guess("nginx", "a guess", "loadBalancer", "proxy")
		d.Guess("hosts", "a guess", "etcd", "topology")
		d.Set([]string{"control-plane", "etcd"}, "hosts", "cp1", "roles")
		d.Set("etcd1", "hosts", "cp1", "etcd", "name")
	}
	for _, tt := range []struct {
		name  string
		later func(*Draft)
		want  map[string]any
	}{
		{
			name: "nothing", later: func(*Draft) {},
			want: map[string]any{"placement": "node-local", "proxy": "nginx", "host": "lb.local", "interface": nil, "etcd": "etcd1"},
		},
		{
			name: "an address", later: func(d *Draft) { d.Set("10.0.0.100", "vip", "address") },
			want: map[string]any{"placement": "none", "proxy": nil, "host": "10.0.0.100", "interface": "eth0", "etcd": "etcd1"},
		},
		{
			name: "a port", later: func(d *Draft) { d.Set(8443, "endpoint", "port") },
			want: map[string]any{"placement": "external", "proxy": nil, "host": "lb.local", "interface": nil, "etcd": "etcd1"},
		},
		{
			name: "another etcd", later: func(d *Draft) { d.Set("stacked", "etcd", "topology") },
			want: map[string]any{"placement": "node-local", "proxy": "nginx", "host": "lb.local", "interface": nil, "etcd": nil},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &Draft{}
			local(d)
			tt.later(d)
			d.complete()
			for field, path := range map[string][]string{
				"placement": {"loadBalancer", "placement"},
				"proxy":     {"loadBalancer", "proxy"},
				"host":      {"endpoint", "host"},
				"interface": {"hosts", "cp1", "interface"},
				"etcd":      {"hosts", "cp1", "etcd", "name"},
			} {
				if got := d.Value(path...); got != tt.want[field] {
					t.Errorf("%s: got %v, want %v", field, got, tt.want[field])
				}
			}
		})
	}
}
