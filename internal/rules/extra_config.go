package rules

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/topology"
)

var extraConfigRules = []Rule{
	{
		ID: "KH210", Severity: Error,
		Title:   "extra lines stay in the block that they are for",
		Reason:  "A line that begins another section, closes a block that it didn't open, or takes the next line into its own quotes changes what khagen's own lines around it mean.",
		Hint:    "deliver a file of your own in place of khagen's where you need more than lines",
		Source:  "https://docs.haproxy.org/3.2/configuration.html#2.1; https://nginx.org/en/docs/beginners_guide.html#conf_structure; keepalived.conf(5)",
		cluster: linesStay,
	},
	{
		ID: "KH211", Severity: Error,
		Title:   "extra lines don't repeat what follows from the definition",
		Reason:  "haproxy and keepalived would take the last of two values without a word, nginx refuses both; and checks, other hosts or ports rely on the derived one.",
		Hint:    "use the definition's own field",
		Source:  "the table of lines in docs/rules.md",
		cluster: linesFree,
	},
	{
		ID: "KH212", Severity: Error,
		Title:   "extra lines and settings of units hold no password",
		Reason:  "They are in Git, and the files that they go into are delivered as they are: a placeholder would stay one.",
		Hint:    "name a file in the line, and bring it to the hosts in another way",
		Source:  "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
		cluster: linesOpen,
	},
}

// extraBlock are the definition's own lines of one block.
type extraBlock struct {
	program, section string
	at               field
	lines            []string
}

// scanned is a line of a block as its program takes it.
type scanned struct {
	at    field
	text  string
	words []string
	open  string // what it leaves open: a quote, a backslash
	depth int    // how many blocks of the user's own are around it
}

// extraBlocks lists them all, also those of the proxy that doesn't run.
func extraBlocks(c *topology.Cluster) []extraBlock {
	h, n := c.Spec.LoadBalancer.ExtraConfig.HAProxy, c.Spec.LoadBalancer.ExtraConfig.Nginx
	balancer := field{"loadBalancer", "extraConfig"}
	all := []extraBlock{
		{"haproxy", "global", balancer, h.Global},
		{"haproxy", "defaults", balancer, h.Defaults},
		{"haproxy", "frontend", balancer, h.Frontend},
		{"haproxy", "backend", balancer, h.Backend},
		{"nginx", "stream", balancer, n.Stream},
		{"nginx", "upstream", balancer, n.Upstream},
		{"nginx", "server", balancer, n.Server},
	}
	for i, b := range all {
		all[i].at = append(slices.Clone(b.at), b.program, b.section)
	}
	if vip := c.Spec.VIP; vip != nil && vip.Keepalived != nil {
		k, at := vip.Keepalived.ExtraConfig, field{"vip", "keepalived", "extraConfig"}
		all = append(all,
			extraBlock{"keepalived", "global", append(slices.Clone(at), "global"), k.Global},
			extraBlock{"keepalived", "instance", append(slices.Clone(at), "instance"), k.Instance},
		)
	}
	return all
}

// scan takes the block's lines apart. A line that is a comment has no words.
func (b extraBlock) scan() []scanned {
	var all []scanned
	depth := 0
	for i, text := range b.lines {
		words, open := syntaxes[b.program].scan(text)
		all = append(all, scanned{append(slices.Clone(b.at), element(i)), text, words, open, depth})
		opened, _ := nesting(words)
		depth = max(0, depth+opened)
	}
	return all
}

func linesStay(c *topology.Cluster, f *found) {
	for _, b := range extraBlocks(c) {
		depth := 0
		for _, line := range b.scan() {
			opened, below := nesting(line.words)
			problem, hint := strays(b.program, line)
			if problem == "" && depth+below < 0 {
				problem, hint = "closes a block that it didn't open", "delete the brace: khagen closes the blocks that it opens"
			}
			if problem != "" {
				f.add(c, line.at, "%q %s", line.text, problem).mend("%s", hint)
			}
			depth = max(0, depth+opened)
		}
		if depth > 0 {
			f.add(c, append(slices.Clone(b.at), element(len(b.lines)-1)), "the lines leave %s open", count(depth, "block")).
				mend(`add "}"`)
		}
	}
}

// strays says how a line reaches out of its block by itself, and what to do.
func strays(program string, line scanned) (problem, hint string) {
	const own = "use a file of your own in place of khagen's where the fields and these lines are not enough"
	switch {
	case line.open != "":
		return "leaves " + line.open + " open", "close it: the next line would belong to this one"
	case len(line.words) == 0:
		return "", "" // a comment
	case line.depth == 0 && opensSection(program, line.words):
		return "begins a section", own
	case program == "haproxy" && strings.HasPrefix(line.words[0], "."):
		return "is an instruction about other lines", own
	case program == "nginx" && !slices.Contains([]string{";", "{", "}"}, line.words[len(line.words)-1]):
		return "isn't ended", `end it with ";": the next line would belong to this one`
	}
	return "", ""
}

func linesFree(c *topology.Cluster, f *found) {
	for _, b := range extraBlocks(c) {
		for _, line := range b.scan() {
			if len(line.words) == 0 || line.depth > 0 {
				continue
			}
			if what, instead := ownedLine(b, line.words); what != "" {
				f.add(c, line.at, "%s follows from the definition", what).mend("%s", useInstead(instead))
			}
			if b.program == c.Spec.LoadBalancer.Proxy {
				balancesAgain(c, f, line)
			}
		}
	}
	listensAgain(c, f)
}

// extraListen is a place where a line of the user's lets the balancer listen, too.
type extraListen struct {
	at         field
	address    netip.Addr
	everywhere bool // on all addresses of a family
	port       int
}

// extraListens are those of the proxy that runs. A range of ports is none of them, nor a socket.
func extraListens(c *topology.Cluster) []extraListen {
	var all []extraListen
	for _, b := range extraBlocks(c) {
		if b.program != c.Spec.LoadBalancer.Proxy || b.section != "frontend" && b.section != "server" {
			continue
		}
		for _, line := range b.scan() {
			if len(line.words) < 2 || line.words[0] != "bind" && line.words[0] != "listen" {
				continue
			}
			for place := range strings.SplitSeq(line.words[1], ",") {
				colon := strings.LastIndexByte(place, ':')
				port, err := strconv.Atoi(place[colon+1:])
				if err != nil {
					continue
				}
				address, err := netip.ParseAddr(strings.Trim(place[:max(0, colon)], "[]"))
				all = append(all, extraListen{line.at, address, err != nil || address.IsUnspecified(), port})
			}
		}
	}
	return all
}

// listensAgain refuses to listen where khagen lets the balancer listen.
func listensAgain(c *topology.Cluster, f *found) {
	own := c.BalancerAddresses()
	for _, l := range extraListens(c) {
		if l.port == c.ProxyPort() && (l.everywhere || len(own) == 0 || c.PublishesPorts() || slices.Contains(own, l.address)) {
			f.add(c, l.at, "the balancer listens on port %d already", l.port).
				mend("use loadBalancer.port and loadBalancer.bind, or another port here")
		}
	}
}

// balancesAgain refuses a server that is one of the API servers.
func balancesAgain(c *topology.Cluster, f *found, line scanned) {
	if line.words[0] != "server" {
		return
	}
	for _, b := range c.Backends {
		if slices.Contains(line.words[1:min(3, len(line.words))], b.HostPort()) {
			f.add(c, line.at, "%s is the API server of %s, which is balanced to already", b.HostPort(), b.Name).mend("delete it")
		} else if c.Spec.LoadBalancer.Proxy == "haproxy" && len(line.words) > 1 && line.words[1] == b.Name {
			f.add(c, line.at, "the server %s has the name of a control plane", b.Name).mend("give it another name")
		}
	}
}

func linesOpen(c *topology.Cluster, f *found) {
	for _, b := range extraBlocks(c) {
		for _, line := range b.scan() {
			switch word := passwordIn(b.program, line.words); {
			case strings.Contains(line.text, "khagen_secrets"):
				f.add(c, line.at, placeholder)
			case word == "auth_pass":
				f.add(c, line.at, "%s is followed by a password", word).mend("use vip.keepalived.authSecret")
			case word == "stats auth":
				f.add(c, line.at, "%s is followed by a password", word).mend("use loadBalancer.stats: user and passwordSecret")
			case word != "":
				f.add(c, line.at, "%s is followed by a password", word)
			}
		}
	}
	eachSetting(c, func(s unitSetting) {
		for i, value := range s.value.Values {
			if strings.Contains(value, "khagen_secrets") {
				f.add(c, s.valueAt(i), placeholder).mend("name a file in EnvironmentFile, and bring it to the hosts in another way")
			}
		}
	})
}

const placeholder = "the placeholder of a secret stands here, and nobody replaces it"

// passwords are the words that a password follows.
var passwords = map[string][]string{
	"haproxy":    {"stats auth", "insecure-password", "password"},
	"nginx":      {},
	"keepalived": {"auth_pass", "password"},
}

// passwordIn gives the words in a line that a password follows; none where it comes from haproxy's environment.
func passwordIn(program string, words []string) string {
	for _, phrase := range passwords[program] {
		for i := range words {
			after := i + len(strings.Fields(phrase))
			if begins(words[i:], phrase) && after < len(words) && !strings.Contains(words[after], "${") {
				return phrase
			}
		}
	}
	return ""
}
