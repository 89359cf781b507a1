package native

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// breakage spoils one line of a rendered file, so that a check has to fail.
type breakage struct {
	check string
	what  string
	old   string // an expression; the first file that has it is the one that is spoilt
	new   string // may refer to groups of old
	says  string // what the check's error has to name
}

var breakages = []breakage{
	{"haproxy", "a misspelt keyword", `(?m)^    balance `, "    balancing ", "balancing"},
	{"haproxy", "a line without an address", `(?m)^(    server \S+) \S+$`, "$1", "server"},
	{"haproxy", "a backend that doesn't exist", `default_backend \S+`, "default_backend nowhere", "nowhere"},
	{"haproxy", "a warning: an option without effect", `option clitcpka`, "option httplog", "httplog"},
	{"haproxy", "a variable that nobody sets", `HAPROXY_STATS_PASSWORD`, "HAPROXY_STATS_PASSWORT", "HAPROXY_STATS_PASSWORD is not set"},
	{"haproxy", "a last line that isn't ended", `\n\z`, "", "Missing LF"},
	{"haproxy", "an IPv6 address that is none", `bind \[::\]:`, "bind [::g]:", "::g"},
	{"nginx", "an IPv6 address without brackets", `listen \[::\]:`, "listen ::", "invalid"},
	{"nginx", "a misspelt directive", `(?m)^        proxy_pass `, "        proxy_passes ", "proxy_passes"},
	{"nginx", "a line that isn't ended", `(?m)^(        proxy_timeout \w+);`, "$1", "proxy_timeout"},
	{"nginx", "a server without an address", `(?m)^(        server )\S+ max_fails`, "${1}max_fails", "host not found"},
	{"nginx", "an upstream that doesn't exist", `proxy_pass \S+;`, "proxy_pass nowhere;", "nowhere"},
	{"nginx", "a fraction of a second where nginx takes none", `fail_timeout=\w+`, "fail_timeout=1500ms", "fail_timeout"},
	{"nginx", "a variable of the log that doesn't exist", `\$upstream_addr`, "$$upstream_adress", "upstream_adress"},
	{"nginx", "a stream module that nobody loads", `(?m)^include .*\n`, "", "stream"},
	{"nginx", "a user that the distribution lacks", `(?m)^user \S+;`, "user www;", "www"},
	{"nginx", "a log in a folder that isn't there", `access_log /var/log/nginx/`, "access_log /var/log/api/", "/var/log/api/"},
	{"nginx", "a warning: two ways of balancing", `(?m)^(        zone .*)$`, "$1\n        least_conn;\n        hash $$remote_addr;", "redefined"},
	{"quadlet", "an unknown key", `(?m)^PublishPort=`, "PublishPorts=", "PublishPorts"},
	{"quadlet", "no image", `(?m)^Image=.*\n`, "", "no Image"},
	{"quadlet", "an unknown key of the service", `(?m)^RestartSec=`, "RestartSecs=", "RestartSecs"},
	{"quadlet", "a way to be started at boot that the generator doesn't take", `(?m)^WantedBy=`, "Also=", "multi-user.target.wants"},
	{"quadlet", "a section that nobody reads", `(?m)^\[Install\]`, "[Installation]", "Installation"},
	{"container", "a folder that isn't there", `(?m)^(Volume=/etc/nginx)`, "${1}s", "/etc/nginxs is not there"},
	{"container", "a user who may not read the password", `--user=99:99`, "--user=98:98", "userlist.cfg"},
	{"container", "a folder that is mounted elsewhere", `:/usr/local/etc/haproxy:ro`, ":/usr/local/etc/haproxies:ro", "haproxy.cfg"},
	{"container", "a CA that isn't mounted where haproxy looks", `/ca.crt:/etc/kubernetes/pki/ca.crt:`, "/none.crt:/etc/kubernetes/pki/ca.crt:", "/none.crt is not there"},
	{"container", "a flag that haproxy doesn't take", `(?m)(haproxy:\S+) -W -db`, "$1 -Y -db", "Usage"},
	{"container", "a flag that keepalived doesn't take", `--dont-fork`, "--dont-forks", "dont-forks"},
	{"container", "a test before a reload that never passes", `(?m)^(ExecReload=\S+ exec \S+) haproxy -c`, "$1 haproxy -x", "haproxy -x"},
	{"container", "no program", ` --entrypoint=\S+`, "", "no program"},
	{"systemd-analyze", "an engine that isn't there", `(?m)^ExecStart=/usr/bin/podman run`, "ExecStart=/usr/bin/podmans run", "podmans"},
	{"quadlet", "a volume that nobody understands", `(?m)^Volume=`, "Volumes=", "Volumes"},
	{"keepalived", "an unknown keyword", `(?m)^    priority `, "    priorities ", "priorities"},
	{"keepalived", "a brace that is missing", `vrrp_instance (\S+) \{`, "vrrp_instance $1", "Missing '{'"},
	{"keepalived", "an interface that the host lacks", `interface \S+`, "interface eth9", "eth9"},
	{"keepalived", "a router id that is too large", `virtual_router_id \d+`, "virtual_router_id 256", "VRID '256' not valid"},
	{"keepalived", "a script that isn't there", `script "/\S+"`, `script "/etc/keepalived/none.sh"`, "not found/accessible"},
	{"keepalived", "addresses of two families in one group", `(?m)^(        )(2001:\S+/.*)$`, "$1$2\n${1}192.0.2.77/24", "family"},
	{"keepalived", "a peer of the other family", `(?s)(unicast_src_ip 2001:\S+\s+unicast_peer \{\s+)\S+`, "${1}192.0.2.77", "family"},
	{"systemd-analyze", "a value that a unit doesn't take", `(?m)^Type=oneshot`, "Type=oneshoot", "oneshoot"},
	{"systemd-analyze", "a program that isn't there", `(?m)^ExecStart=/usr/sbin/\S+`, "ExecStart=/usr/sbin/none", "/usr/sbin/none"},
	{"systemd-analyze", "an unknown key in a drop-in", `(\[Service\]\nRestart=always\n)RestartSec=`, "${1}RestartSecs=", "RestartSecs"},
	{"systemd-analyze", "a value that a drop-in doesn't take", `(\[Service\]\n)Restart=always`, "${1}Restart=allways", "allways"},
	{"shellcheck", "a syntax error", `(?m)\A(#!.*\n(?:#.*\n)*)`, "${1}if true; do\n", "parse"},
	{"shellcheck", "a variable without quotes", `(?m)\A(#!.*\n(?:#.*\n)*)`, "${1}cat $$1\n", "SC2086"},
	{"kubeadm", "an unknown field", `(?m)^controlPlaneEndpoint:`, "controlPlaneEndpont:", "controlPlaneEndpont"},
	{"kubeadm", "an endpoint without a good port", `(?m)^(controlPlaneEndpoint: .*):\d+$`, "$1:70000", "port 70000"},
	{"kubeadm", "a number that has to be text", `(?m)^(      value: )"\d+"`, "${1}30", "cannot unmarshal number"},
	{"kubeadm", "two pod networks of one family", `(podSubnet: \S+),fd\S+`, "$1,10.245.0.0/16", "dual-stack"},
	{"kubeadm", "a part of a node that the IPv6 network has no room for", `(?s)(node-cidr-mask-size-ipv6\s+value: )"\d+"`, `${1}"55"`, "smaller than the size of node subnet"},
	{"kubeadm", "an unknown field of the kubelet", `(?m)^cgroupDriver:`, "cgroupsDriver:", "cgroupsDriver"},
	{"kubeadm", "a discovery file that isn't there", `kubeConfigPath: \S+`, "kubeConfigPath: /etc/kubernetes/none.conf", "none.conf"},
	{"kubeadm-init", "a patch that can't be applied", `(?m)^  containers:$`, "  containers: apiserver", "apiserver"},
	{"kubeadm-init", "a patch of the user's own that nobody applies", `(?s)(advertiseAddress: 172\.16\..*?)\npatches:\n  directory: [^\n]+`, "$1", "kube-apiserver-requests+json.yaml isn't applied"},
	{"strictdecode", "an unknown field of a pod", `(?m)^  hostNetwork:`, "  hostNetworking:", "hostNetworking"},
	{"strictdecode", "an unknown field of a policy", `(?m)^omitStages:`, "omitStage:", "omitStage"},
	{"strictdecode", "a volume that the pod lacks", `(?m)^(      volumeMounts:\n        - name:) \S+`, "$1 none", "none"},
	{"strictdecode", "a mode that kube-proxy lacks", `(?m)^mode: \S+`, "mode: ipfw", "ipfw"},
	{"systemd-analyze", "a proxy's environment without its end", `(?m)^(Environment="HTTPS_PROXY=[^"]*)"$`, "$1", "HTTPS_PROXY"},
	{"kubeadm", "a token without a pin", `(?m)^    caCertHashes:\n(      - .*\n)+`, "", "caCertHashes"},
	{"kubeadm", "a token that is none", `(?m)^(    token: ).*$`, `${1}"abcdef"`, "token"},
	{"strictdecode", "an unknown field of an identity provider", `(?m)^(      )audiences:`, "${1}audience:", "audience"},
	{"strictdecode", "an issuer that isn't reached by https", `(?m)^(  - issuer:\n      url: )https`, "${1}http", "https"},
	{"strictdecode", "an authority that is none", `(?m)^        MII`, "        XXX", "certificateAuthority"},
	{"strictdecode", "a KMS plugin without a socket", `endpoint: unix:///\S+`, "endpoint: /run/kms/kms.sock", "scheme"},
	{"strictdecode", "an unknown field of encryption", `(?m)^(      - )kms:`, "${1}kmss:", "kmss"},
	{"strictdecode", "an unknown kind", `(?m)^kind: AuthenticationConfiguration`, "kind: AuthenticatingConfiguration", "AuthenticatingConfiguration"},
	{"strictdecode", "a key given twice", `(?m)^(  priorityClassName: .*)$`, "$1\n$1", "priorityClassName"},
	{"systemd-sysctl", "a line that is no assignment", `net\.ipv4\.ip_forward = `, "net.ipv4.ip_forward ", "not an assignment"},
	{"systemd-sysctl", "a setting that doesn't exist", `net\.ipv4\.ip_forward`, "net.ipv4.ip_forwarding", "ip_forwarding"},
	{"systemd-sysctl", "a value that the kernel refuses", `net\.ipv4\.ip_forward = 1`, "net.ipv4.ip_forward = yes", "Invalid argument"},
	{"systemd-sysusers", "an unknown type", `(?m)^u `, "z ", "Unknown command type"},
	{"toml", "a table that is given twice", `(?m)^(\[plugins.*\])$`, "$1\n$1", "TOMLDecodeError"},
	{"hosts", "an address that is none", `(?m)^\d+\.\d+`, "512.1", "not an address"},
	{"hosts", "a name that is taken", `(?m)^(\d\S+) (\S+)$`, "$1 localhost", "resolves to"},
	{"modules-load", "two names on a line", `(?m)^(br_netfilter)\n`, "$1 ", "not the name of a module"},
	{"environment", "a line that is no assignment", `(?m)^(KUBELET_EXTRA_ARGS)=`, "export $1=", "not an assignment"},
	{"environment", "an open quote", `(?m)^(KUBELET_EXTRA_ARGS=.*)"$`, "$1", "quote"},
	{"json", "a comma that is missing", `(?m)^(    ".*": )\{$`, "${1}", "JSONDecodeError"},
	{"certificate", "a letter that is changed", `MII`, "XXX", "malformed"},
	{"strictdecode", "an unknown field of a kubeconfig", `(?m)^current-context:`, "current-contexts:", "current-contexts"},
	{"strictdecode", "a setting that the kubelet lacks", `(?m)^podPidsLimit:`, "podPidLimit:", "podPidLimit"},
	{"strictdecode", "an unknown field of a deployment", `(?m)^  replicas:`, "  replica:", "replica"},
	{"systemd-analyze", "a unit whose program nobody installs", `(?m)^ExecStart=\S+/kubelet `, "ExecStart=/usr/local/bin/kubelets ", "kubelets"},
	{"toml", "a key that is given twice", `(?m)^(server = .*)$`, "$1\n$1", "TOMLDecodeError"},
	{"haproxy", "a line of the definition's own with an ACL that nobody has", `if !office`, "if !offices", "offices"},
	{"nginx", "a line of the definition's own with a zone that nobody has", `limit_conn clients `, "limit_conn client ", "client"},
	{"keepalived", "a line of the definition's own in global_defs", `vrrp_rt_priority`, "vrrp_rt_prio", "vrrp_rt_prio"},
	{"keepalived", "a line of the definition's own in vrrp_instance", `notify_master`, "notify_masters", "notify_masters"},
	{"systemd-analyze", "a setting of the definition's own that a timer lacks", `(?m)^OnUnitActiveSec=1h`, "OnUnitActiveSecs=1h", "OnUnitActiveSecs"},
	{"systemd-analyze", "a value of the definition's own that a unit doesn't take", `(?m)^LimitNOFILE=1048576`, "LimitNOFILE=many", "many"},
	{"yaml", "a line that is not indented as its like", `(?m)^image-endpoint`, " image-endpoint", "yaml"},
}

// TestBreakages proves that the checks can fail: each kind of check refuses a rendered file with a spoilt line.
func TestBreakages(t *testing.T) {
	// Of shapes that no reference cluster has, golden cases.
	hosts := append(load(t), golden(t, "haproxy-podman", "haproxy-docker", "kubeadm-access", "kubeadm-external-ca",
		"dual-kubeadm", "dual-binaries", "six-kubeadm", "config-blocks-services", "config-blocks-binaries")...)
	tools, parts := toolBinds(t), byHost(t, hosts)
	for _, h := range hosts {
		mine := parts[h]
		if len(mine) == 0 {
			continue
		}
		t.Run(h.String(), func(t *testing.T) {
			t.Parallel()
			due := slices.DeleteFunc(slices.Clone(mine), func(b breakage) bool { return accepted.Before(b.key(t, h, b.fileOf(h, b.checkOf(t)))...) })
			if len(due) == 0 {
				return
			}
			s := newSite(t, h, interfaces(h), tools)
			for _, c := range checks {
				its := slices.DeleteFunc(slices.Clone(due), func(b breakage) bool { return b.check != c.name })
				if len(its) == 0 || !t.Run(c.name, func(t *testing.T) { c.passes(t, s) }) {
					continue // a check that refuses the host as it is proves nothing
				}
				for _, b := range its {
					t.Run(b.check+"/"+b.what, func(t *testing.T) { b.prove(t, s, b.fileOf(h, c)) })
				}
			}
		})
	}
	for _, c := range checks {
		if !slices.ContainsFunc(breakages, func(b breakage) bool { return b.check == c.name }) {
			t.Errorf("no breakage for the check %s", c.name)
		}
	}
}

// byHost parts breakages by the first host that has what is to be broken.
func byHost(t *testing.T, hosts []*rendered.Host) map[*rendered.Host][]breakage {
	t.Helper()
	parts := map[*rendered.Host][]breakage{}
	for _, b := range breakages {
		c := b.checkOf(t)
		i := slices.IndexFunc(hosts, func(h *rendered.Host) bool { return b.fileOf(h, c) != nil })
		if i < 0 {
			t.Errorf("%s/%s: no rendered file has %s", b.check, b.what, b.old)
			continue
		}
		parts[hosts[i]] = append(parts[hosts[i]], b)
	}
	return parts
}

func (b breakage) checkOf(t *testing.T) check {
	t.Helper()
	i := slices.IndexFunc(checks, func(c check) bool { return c.name == b.check })
	if i < 0 {
		t.Fatal("no such check: " + b.check)
	}
	return checks[i]
}

// fileOf gives the first file of a host that the check applies to and that has what is to be broken, or nil.
func (b breakage) fileOf(h *rendered.Host, c check) *tree.File {
	expression := regexp.MustCompile(b.old)
	for _, f := range c.of(h) {
		if expression.Match(f.Content) {
			return f
		}
	}
	return nil
}

// passes asks the check about a host's files, unless it was asked about the same before.
func (c check) passes(t *testing.T, s *site) {
	t.Helper()
	need(t, c)
	if met.first(c.key(t, s.host)) {
		if err := c.run(s, c.of(s.host)); err != nil {
			t.Errorf("fails before anything is broken: %v", err)
		}
	}
}

// key is what the proof depends on, for the memory of what was accepted: that the check refuses the host once it is spoilt.
func (b breakage) key(t *testing.T, h *rendered.Host, f *tree.File) []any {
	t.Helper()
	c := b.checkOf(t)
	return []any{"refuses", b.says, h.Name, c.whole(t, h), c.whole(t, b.apply(h, f))}
}

// prove spoils a file of a host until the test ends, and fails where the check doesn't refuse it and nothing else.
func (b breakage) prove(t *testing.T, s *site, f *tree.File) {
	t.Helper()
	c := b.checkOf(t)
	need(t, c)
	if f == nil {
		t.Fatalf("no file of %s has %s", s.host, b.old)
	}
	if accepted.Already(t, b.key(t, s.host, f)...) {
		return
	}
	spoilt := s.with(t, b.apply(s.host, f), f.Path)
	err := c.run(spoilt, c.of(spoilt.host))
	if err == nil {
		t.Fatalf("%s passes with %s", f.TreePath(), b.what)
	}
	if !strings.Contains(err.Error(), b.says) {
		t.Errorf("the error does not name %q: %v", b.says, err)
	}
}

// apply gives a copy of the host whose file is spoilt at the first match.
func (b breakage) apply(h *rendered.Host, f *tree.File) *rendered.Host {
	expression := regexp.MustCompile(b.old)
	at := expression.FindSubmatchIndex(f.Content)
	content := slices.Concat(f.Content[:at[0]], expression.Expand(nil, []byte(b.new), f.Content, at), f.Content[at[1]:])
	spoilt := *h
	spoilt.Files = slices.Clone(h.Files)
	spoilt.File(f.Path).Content = content
	return &spoilt
}
