package adopt

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// server is a line of a backend.
type server struct {
	name    string
	where   string // as it is written, without the port
	address netip.Addr
	port    int
	own     haDirective // its options
	options haDirective // and then those of default-server
}

// servers reads those of a section.
func (s *source) servers(section *haSection) []server {
	var usual []string
	for _, l := range section.all("default-server") {
		usual = append(usual, l.words[1:]...)
	}
	var all []server
	for _, l := range section.own("server") {
		if len(l.words) < 3 {
			s.fail(l.line, "write server NAME ADDRESS:PORT", "server without an address")
			continue
		}
		text := strings.TrimPrefix(strings.TrimPrefix(l.words[2], "ipv4@"), "ipv6@")
		one := server{name: l.words[1], where: text}
		where, port, ok := hostPort(text)
		if ok {
			one.where, one.port = where, port
		}
		one.address, _ = address(one.where)
		one.own = haDirective{line: l.line, words: l.words[3:]}
		one.options = haDirective{line: l.line, words: append(slices.Clone(l.words[3:]), usual...)}
		all = append(all, one)
	}
	return all
}

// adoptServers compares the servers with the control planes that are known, or takes them for these.
func (d *Draft) adoptServers(servers []server) {
	d.adoptAPIPort(servers)
	if inventory := d.hosts(); isInventory(inventory) {
		d.compareServers(servers)
		return
	}
	for _, s := range servers {
		known, ok := d.serverHost(s)
		switch {
		case ok && len(known.roles) == 0:
			d.Set([]string{controlPlane}, "hosts", known.name, "roles")
		case ok:
		default:
			d.addServer(s)
		}
	}
}

// isInventory says whether the hosts come from a list of all: a kubeadm configuration alone has one or two.
func isInventory(hosts []host) bool {
	return len(hosts) > 2 || slices.ContainsFunc(hosts, func(h host) bool { return slices.Contains(h.roles, "worker") })
}

// serverHost finds the host of a server: by its address, or its name where the file has no address.
func (d *Draft) serverHost(s server) (host, bool) {
	if s.address.IsValid() {
		return d.hostAt(s.address)
	}
	if h, ok := d.hostNamed(strings.ToLower(s.where)); ok {
		return h, true
	}
	return d.hostNamed(strings.ToLower(s.name))
}

func (d *Draft) addServer(s server) {
	name, ok := hostName(s.name)
	if _, taken := d.hostNamed(name); !ok || taken {
		name = ""
	}
	if other, isName := hostName(s.where); name == "" && isName {
		name = other
	}
	set := func(value any, field string) { d.Set(value, "hosts", name, field) }
	if name == "" {
		name = d.newName("cp")
		set = func(value any, field string) {
			d.Guess(value, "haproxy knows this host as "+s.name+": give it its own name", "hosts", name, field)
		}
	}
	if s.address.IsValid() {
		set(s.address.String(), "address")
	} else {
		d.Remark(fmt.Sprintf("haproxy reaches it as %s: write its IP address.", s.where), "hosts", name)
	}
	d.Set([]string{controlPlane}, "hosts", name, "roles")
}

func (d *Draft) compareServers(servers []server) {
	seen := map[string]bool{}
	for _, s := range servers {
		h, known := d.serverHost(s)
		seen[h.name] = true
		switch {
		case !known:
			d.Remark(fmt.Sprintf("haproxy leads to %s (%s), which is no known host.", s.name, s.where), "hosts")
		case !slices.Contains(h.roles, controlPlane):
			d.Remark("haproxy leads here, and it is no control plane.", "hosts", h.name)
		}
	}
	for _, h := range d.controlPlanes() {
		if !seen[h.name] {
			d.Remark("haproxy doesn't lead here: khagen's balancers lead to every control plane that is active.", "hosts", h.name)
		}
	}
}

// adoptAPIPort takes the port that the servers have in common for the API server's.
func (d *Draft) adoptAPIPort(servers []server) {
	port := servers[0].port
	for _, s := range servers {
		if s.port != port {
			d.Remark(fmt.Sprintf("haproxy reaches %s on port %d, others on %d: here all API servers have one port.", s.name, s.port, port), "kubernetes", "apiServer")
		}
	}
	if port > 0 {
		d.Set(port, "kubernetes", "apiServer", "port")
	}
}

// adoptHealthCheck takes the times of the checks, and the path where it is the one that tells whether an API server serves.
func (d *Draft) adoptHealthCheck(api proxy) {
	at := []string{"loadBalancer", "healthCheck"}
	first := api.servers[0].options
	if !slices.ContainsFunc(api.servers, func(s server) bool { return slices.Contains(s.options.words, "check") }) {
		d.Remark("haproxy tested no server: khagen's does.", at...)
		return
	}
	for _, s := range api.servers[1:] {
		for _, option := range []string{"inter", "fall", "rise"} {
			if s.options.after(option) != first.after(option) {
				d.Remark(fmt.Sprintf("%s differs among haproxy's servers: this is that of %s.", option, api.servers[0].name), at...)
			}
		}
	}
	d.adoptCheckTimes(api.back, first)
	if path := checkPath(api.back); path == "/readyz" {
		d.Set(path, append(at, "path")...)
	} else if path != "" {
		d.Remark(fmt.Sprintf("haproxy asked %s: here it is /readyz, which fails before an API server stops, too.", path), at...)
	} else {
		d.Remark("haproxy only connected: here it asks /readyz over TLS.", at...)
	}
	if first.after("verify") == "required" {
		d.Set(true, append(at, "verifyCA")...)
	}
}

// slowestCheck is how long an API server that hangs may stay in rotation before khagen vet warns.
const slowestCheck = 30 * time.Second

// adoptCheckTimes takes interval, fall, rise and timeout where they take a server out in time.
func (d *Draft) adoptCheckTimes(back *haSection, options haDirective) {
	block := []string{"loadBalancer", "healthCheck"}
	interval, fall, timeout := 2*time.Second, 3, 5*time.Second // the definition's own
	given, hasInterval := haTime(options.after("inter"))
	if hasInterval {
		interval = given
	}
	failures, hasFall := count(options.after("fall"))
	if hasFall {
		fall = failures
	}
	if window := interval * time.Duration(fall); window+timeout > slowestCheck {
		d.Remark(fmt.Sprintf("haproxy took %s to notice that a server is gone (inter, fall): left out.", duration(window)), block...)
		hasInterval, hasFall, interval, fall = false, false, 2*time.Second, 3
	}
	if hasInterval {
		d.Set(duration(interval), append(block, "interval")...)
	}
	if hasFall {
		d.Set(fall, append(block, "fall")...)
	}
	if n, ok := count(options.after("rise")); ok {
		d.Set(n, append(block, "rise")...)
	}
	if t, ok := haTime(back.value("timeout", "check")); ok && interval*time.Duration(fall)+t <= slowestCheck {
		d.Set(duration(t), append(block, "timeout")...)
	} else if ok {
		d.Remark(fmt.Sprintf("haproxy waited %s for an answer: left out, a server that hangs would get connections for that long.", duration(t)), block...)
	}
}

// checkPath is the path that a backend's health check asks for; empty where it asks for none.
func checkPath(back *haSection) string {
	for _, l := range back.all("http-check", "send") {
		if uri := l.after("uri"); uri != "" {
			return uri
		}
	}
	for _, l := range back.all("option", "httpchk") {
		for _, word := range l.words[2:] {
			if strings.HasPrefix(word, "/") {
				return word
			}
		}
	}
	return ""
}
