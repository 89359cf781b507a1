package rules

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// freeLines are what khagen renders and users may replace or add to.
var freeLines = map[string]map[string][]string{
	"haproxy": {
		"global":   {"log", "stats socket", "hard-stop-after"},
		"defaults": {"log", "option dontlognull", "option redispatch", "option clitcpka", "option srvtcpka", "timeout client-fin"},
		"frontend": {"bind"},
		"backend":  {"default-server", "hash-type", "server"},
	},
	"nginx": {
		"stream":   {"access_log", "server"},
		"upstream": {"server"},
		"server":   {"listen", "proxy_next_upstream", "proxy_socket_keepalive"},
	},
	"keepalived": {
		"global":   {"router_id"},
		"instance": {"includea", "track_script"},
	},
}

// blockNames are the sections by the word that begins them.
var blockNames = map[string]string{
	"global": "global", "defaults": "defaults", "frontend": "frontend", "backend": "backend",
	"stream": "stream", "upstream": "upstream", "server": "server",
	"global_defs": "global", "vrrp_instance": "instance",
}

// TestEveryLineIsOwned: each line that khagen renders in a block that takes the user's lines either follows from the definition,
// or is one of those that users may replace. A new one is neither, until somebody decides.
func TestEveryLineIsOwned(t *testing.T) {
	for program, files := range map[string]map[string]string{
		"haproxy":    {"kubespray-haproxy": "/etc/haproxy/haproxy.cfg"},
		"nginx":      {"container-nginx": "/etc/nginx/nginx.conf"},
		"keepalived": {"kubespray-haproxy": "/etc/keepalived/keepalived.conf"},
	} {
		for cluster, path := range files {
			seen := map[string]bool{}
			for section, lines := range renderedLines(program, renderOwned(t, cluster, path)) {
				for _, words := range lines {
					free := slices.IndexFunc(freeLines[program][section], func(phrase string) bool { return begins(words, phrase) })
					_, instead := ownedLine(extraBlock{program: program, section: section}, words)
					if (free >= 0) == (instead != "" && words[0] != "default-server") {
						t.Errorf("%s, %s: %q is rendered: owned by %q, free %t", program, section, words, instead, free >= 0)
					}
					seen[section] = true
				}
			}
			for section := range freeLines[program] {
				if !seen[section] {
					t.Errorf("%s: no line of %s seen", program, section)
				}
			}
		}
	}
}

// renderedLines are the words of the lines of each block, without those of blocks in it.
func renderedLines(program, text string) map[string][][]string {
	all := map[string][][]string{}
	var around []string
	for _, line := range strings.Split(text, "\n") {
		words, _ := syntaxes[program].scan(strings.TrimSpace(line))
		if len(words) == 0 {
			continue
		}
		if len(around) > 0 && around[len(around)-1] != "" && words[0] != "}" && (program != "haproxy" || strings.HasPrefix(line, " ")) {
			section := around[len(around)-1]
			all[section] = append(all[section], words)
		}
		switch {
		case program == "haproxy" && !strings.HasPrefix(line, " "):
			around = []string{blockNames[words[0]]}
			if slices.Contains([]string{"health", "stats"}, words[len(words)-1]) {
				around = nil
			}
		case words[len(words)-1] == "{":
			around = append(around, blockNames[words[0]])
			if words[0] == "http" {
				return all
			}
		case words[0] == "}":
			around = around[:len(around)-1]
		}
	}
	return all
}

func renderOwned(t *testing.T, cluster, path string) string {
	t.Helper()
	spec, err := schema.Load(filepath.Join("../../overlays", cluster))
	if err != nil {
		t.Fatal(err)
	}
	spec.LoadBalancer.Balance = "source"
	spec.LoadBalancer.AccessLog.Enabled = true
	if spec.VIP != nil && spec.VIP.Keepalived != nil {
		spec.VIP.Keepalived.Preempt = false
		spec.VIP.Keepalived.AuthSecret = "vrrp"
	}
	c, err := topology.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generators.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == path {
			return string(f.Content)
		}
	}
	t.Fatalf("%s has no %s", cluster, path)
	return ""
}
