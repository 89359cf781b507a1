package adopt

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const wantHAProxy = "the haproxy.cfg of the API servers' balancer"

// proxy is what leads from a port to servers: a listen, or a frontend and its backend.
type proxy struct {
	front, back *haSection
	servers     []server
}

// sections of the proxy, each once.
func (p proxy) sections() []*haSection {
	if p.front == p.back {
		return []*haSection{p.front}
	}
	return []*haSection{p.front, p.back}
}

// HAProxy reads a haproxy.cfg: of the section that leads to the API servers everything that has a field, and further lines as they are;
// of other sections their names. Without an inventory its servers are the control planes.
func HAProxy(d *Draft, file string, data []byte) error {
	s := &source{file: file}
	text, ok := s.read(data, wantHAProxy)
	if !ok {
		return s.err()
	}
	sections := s.parseHAProxy(text)
	proxies := s.proxies(sections)
	if len(s.problems) > 0 {
		return s.err()
	}
	api, ok := pickAPI(d, proxies)
	if !ok {
		s.fail(0, "the servers of that section have the port 6443, or its name has kube or api; or give the endpoint's port first, by a kubeadm configuration",
			"no section leads to API servers%s", namedAs(sections))
		return s.err()
	}
	binds := s.binds(api.front)
	if len(s.problems) > 0 {
		return s.err()
	}
	d.Set("haproxy", "loadBalancer", "proxy")
	d.adoptBinds(binds)
	d.adoptServers(api.servers)
	d.guessPlacement(binds, api.servers)
	d.adoptBalance(api)
	d.adoptHealthCheck(api)
	d.adoptTimeouts(api)
	d.adoptConnections(sections, api)
	d.adoptAccessLog(sections, api)
	stats := d.adoptStats(s, sections, api)
	d.adoptOthers(sections, api, stats)
	return s.err()
}

func namedAs(sections []*haSection) string {
	var names []string
	for _, section := range sections {
		if slices.Contains([]string{"listen", "frontend"}, section.kind) {
			names = append(names, section.title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; there is " + strings.Join(names, ", ")
}

// proxies pairs what listens with what has servers.
func (s *source) proxies(sections []*haSection) []proxy {
	backends := map[string]*haSection{}
	for _, section := range sections {
		if section.kind == "backend" || section.kind == "listen" {
			backends[section.name] = section
		}
	}
	var all []proxy
	add := func(front, back *haSection) {
		if servers := s.servers(back); len(servers) > 0 {
			all = append(all, proxy{front: front, back: back, servers: servers})
		}
	}
	for _, section := range sections {
		switch section.kind {
		case "listen":
			add(section, section)
		case "frontend":
			seen := map[string]bool{}
			for _, l := range append(section.all("default_backend"), section.own("use_backend")...) {
				if len(l.words) < 2 || seen[l.words[1]] {
					continue
				}
				seen[l.words[1]] = true
				if back := backends[l.words[1]]; back != nil {
					add(section, back)
				} else if !strings.ContainsAny(l.words[1], "%$") {
					s.fail(l.line, "complete the file", "there is no backend %s", l.words[1])
				}
			}
		}
	}
	return all
}

// pickAPI finds the proxy that leads to API servers: by their ports and addresses, the port that it listens on, and names.
func pickAPI(d *Draft, proxies []proxy) (proxy, bool) {
	var best proxy
	most := 0
	for _, p := range proxies {
		if points := apiPoints(d, p); points > most {
			best, most = p, points
		}
	}
	return best, most > 0
}

func apiPoints(d *Draft, p proxy) int {
	points := 0
	port, known := d.Value("kubernetes", "apiServer", "port").(int)
	if !known {
		port = 6443
	}
	if slices.ContainsFunc(p.servers, func(s server) bool { return s.port == port }) {
		points += 8
	}
	if endpoint, ok := d.Value("endpoint", "port").(int); ok && !slices.ContainsFunc(p.servers, func(s server) bool { return s.port < 1024 }) {
		for _, l := range p.front.own("bind") {
			if len(l.words) > 1 && strings.HasSuffix(l.words[1], fmt.Sprintf(":%d", endpoint)) {
				points += 4
			}
		}
	}
	for _, name := range []string{p.front.name, p.back.name} {
		for _, part := range []string{"apiserver", "api-server", "api_server", "kube-api", "kubernetes", "k8s", "kube", "master", "control"} {
			if strings.Contains(strings.ToLower(name), part) {
				points++
				break
			}
		}
	}
	if strings.Contains(checkPath(p.back), "z") && slices.Contains([]string{"/healthz", "/livez", "/readyz"}, checkPath(p.back)) {
		points += 2
	}
	return points
}

// bind is an address that a section listens on; the zero address is all of the host's.
type bind struct {
	address netip.Addr
	port    int
	line    haDirective
}

// binds reads where a section listens.
func (s *source) binds(section *haSection) []bind {
	var all []bind
	lines := section.own("bind")
	if legacy := (haDirective{line: section.line}); len(lines) == 0 {
		s.fail(legacy.line, "complete the section", "%s has no bind", section.title())
	}
	for _, l := range lines {
		if len(l.words) < 2 {
			s.fail(l.line, "write bind *:8443, with the port of yours", "bind without an address")
			continue
		}
		for _, part := range strings.Split(l.words[1], ",") {
			b, ok := readBind(part)
			if !ok {
				s.fail(l.line, "write it as ADDRESS:PORT, such as *:8443", "can't read where %s listens: %s", section.title(), part)
				continue
			}
			b.line = l
			all = append(all, b)
		}
	}
	return all
}

func readBind(text string) (bind, bool) {
	for _, family := range []string{"ipv4@", "ipv6@"} {
		text = strings.TrimPrefix(text, family)
	}
	where, port, ok := hostPort(text)
	if !ok {
		return bind{}, false
	}
	if where == "" || where == "*" {
		return bind{port: port}, true
	}
	a, ok := address(where)
	if a.IsUnspecified() {
		a = netip.Addr{}
	}
	return bind{address: a, port: port}, ok
}

// hostPort cuts at the last colon: haproxy's IPv6 addresses need no brackets.
func hostPort(text string) (where string, port int, ok bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return text, 0, false
	}
	port, err := strconv.Atoi(text[at+1:])
	return text[:at], port, err == nil && port > 0 && port <= 65535
}

// adoptBinds sets the port and the addresses that the balancer listens on.
func (d *Draft) adoptBinds(binds []bind) {
	port := binds[0].port
	if d.isOpen("endpoint", "host") { // then the port that may stand there is one of the guess
		d.drop("endpoint", "port")
		d.Guess(port, "the port that haproxy listens on", "endpoint", "port")
	} else if d.Value("endpoint", "port") != port {
		d.Set(port, "loadBalancer", "port")
	}
	for _, b := range binds {
		a := b.address
		known, isHost := d.hostAt(a)
		switch {
		case b.port != port: // a line of extraConfig
		case !a.IsValid() || a.IsLoopback():
		case sameAddress(d.text("vip", "address"), a) || sameAddress(d.text("vip", "address6"), a) || sameAddress(d.text("endpoint", "host"), a):
			d.Set("vip", "loadBalancer", "bind")
		case isHost:
			d.Remark(fmt.Sprintf("haproxy listens on %s, the address of %s: khagen's on all, or on the VIP alone.", a, known.name), "loadBalancer")
		default:
			d.Guess("vip", noHostHas(a), "loadBalancer", "bind")
		}
		if slices.Contains(b.line.words, "ssl") {
			d.Remark("haproxy ended TLS itself (bind … ssl): here clients and API servers speak TLS with each other.", "loadBalancer")
		}
	}
}

// noHostHas is the reason to take an address for the VIP before keepalived.conf tells.
func noHostHas(a netip.Addr) string {
	return fmt.Sprintf("haproxy listens on %s, which no known host has", a)
}

// guessPlacement says where the balancer runs, which its file doesn't.
func (d *Draft) guessPlacement(binds []bind, servers []server) {
	said, local := d.text("loadBalancer", "placement"), binds[0].address.IsLoopback()
	// An inventory calls a balancer external that it doesn't run itself.
	if !d.isOpen("loadBalancer", "placement") && said != "external" && said != "none" && (said == "node-local") == local {
		return
	}
	port, own := binds[0].port, servers[0].port
	_, isHost := d.hostAt(binds[0].address)
	switch {
	case local:
		d.Guess("node-local", "haproxy listens on the loopback; endpoint.port has to be the API server's then", "loadBalancer", "placement")
	case port == own && !binds[0].address.IsValid() && !isHost:
		d.Guess("hosts", "haproxy listens on the API server's own port, so it runs beside no API server; its hosts need the role load-balancer", "loadBalancer", "placement")
	default:
		if at := []string{"kubernetes", "apiServer", "bind"}; port == own && d.Value(at...) == nil {
			d.Guess("address", "the balancer beside it has the same port, on another address", at...)
		}
		d.Guess(controlPlane, fmt.Sprintf("haproxy.cfg doesn't say where it runs; port %d beside the API server's %d is what control planes need", port, own), "loadBalancer", "placement")
	}
}
