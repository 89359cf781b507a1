package rules

import (
	"slices"
	"strings"
)

// ownedLines are what the definition decides, by program and section: how a line begins that would decide it again, and the field
// to use. All else that khagen renders is a proposal, and gives way to a line of the user's: generators/own_lines.go.
var ownedLines = map[string]map[string]map[string]string{
	"haproxy": {
		"global": {
			"chroot":  "nothing: khagen sets what haproxy's package or image needs",
			"daemon":  "nothing: what starts haproxy wants it in the foreground",
			"gid":     "nothing: khagen sets what haproxy's package or image needs",
			"group":   "nothing: khagen sets what haproxy's package or image needs",
			"maxconn": "loadBalancer.maxConnections",
			"uid":     "nothing: khagen sets what haproxy's package or image needs",
			"user":    "nothing: khagen sets what haproxy's package or image needs",
		},
		"defaults": {
			"balance":         "loadBalancer.balance",
			"default_backend": "nothing: clients are sent to the API servers",
			"http-check":      "loadBalancer.healthCheck",
			"log-format":      "loadBalancer.accessLog.format",
			"maxconn":         "loadBalancer.maxConnections",
			"mode":            "nothing: TLS ends at the API servers",
			"option httpchk":  "loadBalancer.healthCheck",
			"option httplog":  "loadBalancer.accessLog.format",
			"option tcplog":   "loadBalancer.accessLog.enabled",
			"stats":           "loadBalancer.stats",
			"timeout check":   "loadBalancer.healthCheck.timeout",
			"timeout client":  "loadBalancer.timeouts.idle",
			"timeout connect": "loadBalancer.timeouts.connect",
			"timeout server":  "loadBalancer.timeouts.idle",
			"timeout tunnel":  "loadBalancer.timeouts.idle",
		},
		"frontend": {
			"default_backend": "nothing: clients are sent to the API servers",
			"log-format":      "loadBalancer.accessLog.format",
			"maxconn":         "loadBalancer.maxConnections",
			"mode":            "nothing: TLS ends at the API servers",
			"option httplog":  "loadBalancer.accessLog.format",
			"option tcplog":   "loadBalancer.accessLog.enabled",
			"stats":           "loadBalancer.stats",
			"timeout client":  "loadBalancer.timeouts.idle",
		},
		"backend": {
			"balance":         "loadBalancer.balance",
			"http-check":      "loadBalancer.healthCheck",
			"mode":            "nothing: TLS ends at the API servers",
			"option httpchk":  "loadBalancer.healthCheck",
			"stats":           "loadBalancer.stats",
			"timeout check":   "loadBalancer.healthCheck.timeout",
			"timeout connect": "loadBalancer.timeouts.connect",
			"timeout server":  "loadBalancer.timeouts.idle",
			"timeout tunnel":  "loadBalancer.timeouts.idle",
		},
	},
	"nginx": {
		"stream": {
			"log_format connections":  "loadBalancer.accessLog.format, or another name",
			"proxy_connect_timeout":   "loadBalancer.timeouts.connect",
			"proxy_next_upstream":     "loadBalancer.extraConfig.nginx.server: khagen has a line of its own there, which would win",
			"proxy_socket_keepalive":  "loadBalancer.extraConfig.nginx.server: khagen has a line of its own there, which would win",
			"proxy_timeout":           "loadBalancer.timeouts.idle",
			"upstream control-planes": "loadBalancer.extraConfig.nginx.upstream",
		},
		"upstream": {
			"hash":       "loadBalancer.balance",
			"least_conn": "loadBalancer.balance",
			"least_time": "loadBalancer.balance",
			"random":     "loadBalancer.balance",
			"zone":       "nothing: khagen has one",
		},
		"server": {
			"proxy_connect_timeout": "loadBalancer.timeouts.connect",
			"proxy_pass":            "nothing: clients are sent to the API servers",
			"proxy_timeout":         "loadBalancer.timeouts.idle",
		},
	},
	"keepalived": {
		"global": {
			"enable_script_security":   "nothing: khagen sets it",
			"script_user":              "nothing: khagen's check runs as root",
			"vrrp_garp_master_delay":   "vip.keepalived.garp.delay",
			"vrrp_garp_master_refresh": "vip.keepalived.garp.refresh",
			"vrrp_garp_master_repeat":  "vip.keepalived.garp.repeat",
		},
		"instance": {
			"advert_int":          "vip.keepalived.advertInterval",
			"authentication":      "vip.keepalived.authSecret",
			"garp_master_delay":   "vip.keepalived.garp.delay",
			"garp_master_refresh": "vip.keepalived.garp.refresh",
			"garp_master_repeat":  "vip.keepalived.garp.repeat",
			"interface":           "hosts.NAME.vrrp.interface",
			"mcast_src_ip":        "hosts.NAME.vrrp.address",
			"nopreempt":           "vip.keepalived.preempt",
			"preempt":             "vip.keepalived.preempt",
			"priority":            "hosts.NAME.vrrp.priority",
			"state":               "hosts.NAME.vrrp.priority: all hosts start as BACKUP",
			"unicast_peer":        "vip.keepalived.mode: the peers are the other hosts",
			"unicast_src_ip":      "hosts.NAME.vrrp.address",
			"virtual_ipaddress":   "vip.address",
			"virtual_router_id":   "vip.keepalived.virtualRouterID",
		},
	},
}

// ownedWords are settings of haproxy's default-server that the definition decides.
var ownedWords = map[string]string{
	"ca-file":    "loadBalancer.healthCheck.verifyCA",
	"check":      "nothing: khagen sets it",
	"downinter":  "loadBalancer.healthCheck.interval",
	"fall":       "loadBalancer.healthCheck.fall",
	"fastinter":  "loadBalancer.healthCheck.interval",
	"inter":      "loadBalancer.healthCheck.interval",
	"no-check":   "nothing: API servers that fail would get connections",
	"rise":       "loadBalancer.healthCheck.rise",
	"ssl":        "nothing: clients speak TLS to the API servers through the balancer",
	"verify":     "loadBalancer.healthCheck.verifyCA",
	"verifyhost": "loadBalancer.healthCheck.verifyCA",
}

// checkOptions replace haproxy's check of the API servers by another, without a word.
var checkOptions = []string{
	"external-check", "ldap-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "spop-check", "ssl-hello-chk", "tcp-check",
}

// ownedLine says what to use instead of a line that decides again what the definition does; empty where it is free.
func ownedLine(b extraBlock, words []string) (what, instead string) {
	phrases := ownedLines[b.program][b.section]
	if words[0] == "no" {
		words = words[1:]
	}
	for n := 1; n <= min(2, len(words)); n++ {
		phrase := strings.Join(words[:n], " ")
		if instead = phrases[phrase]; instead != "" {
			return phrase, instead
		}
	}
	switch {
	case b.program != "haproxy" || len(words) < 2:
	case words[0] == "option" && slices.Contains(checkOptions, words[1]):
		return "option " + words[1], "loadBalancer.healthCheck"
	case words[0] == "default-server":
		for _, w := range words[1:] {
			if ownedWords[w] != "" {
				return "default-server " + w, ownedWords[w]
			}
		}
	}
	return "", ""
}

// sections are the words that begin a section, or a block that stands in no other.
var sections = map[string][]string{
	"haproxy": {
		"acme", "backend", "cache", "crt-store", "defaults", "fcgi-app", "frontend", "global", "http-errors", "listen", "log-forward",
		"log-profile", "mailers", "peers", "program", "resolvers", "ring", "traces", "userlist",
	},
	"nginx":      {"events", "http", "mail", "stream"},
	"keepalived": {"bfd_instance", "global_defs", "static_ipaddress", "static_routes", "static_rules", "virtual_server", "virtual_server_group", "vrrp_instance", "vrrp_script", "vrrp_sync_group", "vrrp_track_file", "vrrp_track_process"},
}

func opensSection(program string, words []string) bool {
	return slices.Contains(sections[program], words[0])
}
