package adopt

import (
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rules"
)

// placed are the directives that are read, or that khagen's own file has in its way.
var placed = []string{
	"balance", "bind", "chroot", "daemon", "default-server", "default_backend", "group", "http-check connect", "http-check expect",
	"http-check send", "log", "log-format", "maxconn", "mode", "no log", "option httpchk", "option httplog", "option ssl-hello-chk",
	"option tcp-check", "option tcplog", "pidfile", "server", "stats socket", "stats timeout", "tcp-check connect", "timeout check",
	"timeout client", "timeout connect", "timeout server", "timeout tunnel", "user",
}

// proposals are lines that khagen's own file has anyway, and in front of those that mean the same.
var proposals = []string{
	"hard-stop-after 5m", "hash-type consistent", "option clitcpka", "option dontlognull", "option redispatch", "option redispatch 1",
	"option srvtcpka", "timeout client-fin 30s",
}

// meansElse are the beginnings of lines that no file of khagen's can have: haproxy has done away with them, or they are for HTTP or for
// the end of TLS, which is at the API servers.
var meansElse = regexp.MustCompile(`^(no )?(bind-process|block|clitimeout|contimeout|nbproc|option (forceclose|http-tunnel)|redispatch|req[a-z]+|rsp[a-z]+|srvtimeout|` +
	`capture|compression|cookie|errorfiles?|errorloc|http-|monitor-|option (forwardfor|http|originalto|accept-(in)?valid-http)|timeout http-|unique-id|` +
	`ca-base|crt-base|ssl-default-bind-|tune\.ssl\.|` +
	`(default-server|external-check|tcp-check|stats|use-server|use_backend)\b)`)

// secretive are words near which a line may have a secret.
var secretive = regexp.MustCompile(`(?i)authorization|bearer|credential|pass|secret|token|^(pre)?setenv\b`)

// backLines are the directives of a listen that belong to its backend here.
var backLines = []string{
	"default-server", "dispatch", "email-alert", "fullconn", "hash-balance-factor", "hash-type", "http-reuse", "load-server-state-from-file",
	"option allbackends", "option prefer-last-server", "option srvtcpka", "option transparent", "retries", "retry-on", "server-state-file-name",
	"server-template", "source", "stick", "tcp-response", "timeout queue",
}

// haLines sorts the lines that no field is for.
type haLines struct {
	sections []*haSection
	taken    map[string][]string // by section of extraConfig
	left     []string            // the names of those that have no place
}

// adoptOthers takes lines that no field is for as they are, where khagen's file can have them. It names what has no place:
// directives by their names alone, since values can be secrets, and whole sections.
func (d *Draft) adoptOthers(sections []*haSection, api proxy, stats *haSection) {
	lines := haLines{sections: sections, taken: map[string][]string{}}
	var others []string
	for _, section := range sections {
		isDefaults := section.kind == "defaults" && (section == api.front.defaults || section == api.back.defaults)
		switch {
		case section.kind == "global", isDefaults, slices.Contains(api.sections(), section):
			lines.sort(section)
		case section.kind != "defaults" && section != stats:
			others = append(others, section.title())
		}
	}
	lines.withoutIdleLists()
	at := []string{"loadBalancer", "extraConfig", "haproxy"}
	for _, section := range []string{"global", "defaults", "frontend", "backend"} {
		if taken := lines.taken[section]; len(taken) > 0 {
			d.Remark("Lines that no field is for, as they were.", at...)
			d.Set(taken, append(slices.Clone(at), section)...)
		}
	}
	if left := append(lines.left, serverOptions(api.servers)...); len(left) > 0 {
		d.Remark("No place for haproxy's: "+strings.Join(left, ", ")+".", "loadBalancer")
	}
	if len(others) > 0 {
		d.Remark("Not read, since they lead to no API server: "+strings.Join(others, ", ")+".", "loadBalancer")
	}
}

// sort goes through the lines of a section.
func (h *haLines) sort(section *haSection) {
	for _, l := range section.body {
		text, name := l.text, l.name()
		switch {
		case l.words[0] == "stats" && section.kind != "global": // told of with the statistics
			continue
		case l.starts("log") && leavesHost(l):
		case l.starts("bind") && isFurther(section, l):
		case name == "default-server":
			if text = serverDefaults(l); text == "" {
				continue
			}
		case slices.Contains(placed, name), slices.Contains(proposals, text):
			continue
		}
		to := h.blockOf(section, l)
		free := name == "default-server" || !meansElse.MatchString(text)
		switch {
		case free && !secretive.MatchString(text) && !h.refers(l) && rules.FreeLines("haproxy", to, []string{text}):
			if !slices.Contains(h.taken[to], text) {
				h.taken[to] = append(h.taken[to], text)
			}
		case !slices.Contains(h.left, name):
			h.left = append(h.left, name)
		}
	}
}

// blockOf is the section of extraConfig for a line: a listen is a frontend and a backend here.
func (h *haLines) blockOf(section *haSection, l haDirective) string {
	switch {
	case section.kind != "listen":
		return section.kind
	case slices.Contains(backLines, l.name()), slices.Contains(backLines, l.words[0]), l.starts("stick-table") && len(section.own("stick")) > 0:
		return "backend"
	}
	return "frontend"
}

// isFurther says whether a bind is on other ports than the section's first alone.
func isFurther(section *haSection, l haDirective) bool {
	first := section.own("bind")[0]
	if len(l.words) < 2 || len(first.words) < 2 || slices.Contains(l.words, "ssl") {
		return false
	}
	own, ok := readBind(strings.Split(first.words[1], ",")[0])
	return ok && !slices.ContainsFunc(strings.Split(l.words[1], ","), func(text string) bool {
		b, ok := readBind(text)
		return !ok || b.port == own.port
	})
}

// refers says whether a line names another section, which khagen's file hasn't.
func (h *haLines) refers(l haDirective) bool {
	return slices.ContainsFunc(h.sections, func(section *haSection) bool {
		return section.name != "" && slices.ContainsFunc(l.words[1:], func(word string) bool {
			return word == section.name || strings.HasSuffix(word, "@"+section.name) || strings.Contains(word, "("+section.name+")")
		})
	})
}

// withoutIdleLists drops lists of access control that no line uses here.
func (h *haLines) withoutIdleLists() {
	for block, lines := range h.taken {
		h.taken[block] = slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
			words := strings.Fields(line)
			return words[0] == "acl" && len(words) > 1 && !slices.ContainsFunc(lines, func(other string) bool {
				names := strings.Fields(other)
				return names[0] != "acl" && (slices.Contains(names, words[1]) || slices.Contains(names, "!"+words[1]))
			})
		})
	}
}

// leavesHost says whether a line logs to another host: what stays on it is in the journal here.
func leavesHost(l haDirective) bool {
	to := strings.Trim(l.after("log"), "[]")
	return to != "" && to != "global" && !strings.ContainsAny(to[:1], "/$") &&
		!slices.ContainsFunc([]string{"127.", "::1", "fd@", "localhost", "ring@", "stderr", "stdout", "unix@"}, func(start string) bool { return strings.HasPrefix(to, start) })
}

// ownServerWords are settings of servers that follow from the definition, and how many words follow them.
var ownServerWords = map[string]int{
	"check": 0, "fall": 1, "inter": 1, "on-marked-down": 1, "rise": 1, "verify": 1, "weight": 1, "ca-file": 1, "check-ssl": 0, "fastinter": 1, "downinter": 1,
}

// serverDefaults is a default-server line without what follows from the definition; empty where nothing is left.
func serverDefaults(l haDirective) string {
	var left []string
	for i := 1; i < len(l.words); i++ {
		if after, own := ownServerWords[l.words[i]]; own {
			i += after
		} else if !slices.Contains(strangeServers, l.words[i]) {
			left = append(left, l.words[i])
		}
	}
	if left == nil || strings.ContainsAny(l.text, `"'\`) {
		return ""
	}
	return "default-server " + strings.Join(left, " ")
}

// strangeServers are settings of servers that API servers don't understand, or that would leave them without clients.
var strangeServers = []string{"backup", "disabled", "send-proxy", "send-proxy-v2", "ssl"}

// serverOptions names those that make servers differ from what khagen writes.
func serverOptions(servers []server) []string {
	var found []string
	for _, option := range strangeServers {
		if slices.ContainsFunc(servers, func(s server) bool { return slices.Contains(s.options.words, option) }) {
			found = append(found, "server … "+option)
		}
	}
	for _, option := range []string{"maxconn", "slowstart", "weight"} {
		usual := servers[0].own.after(option)
		if slices.ContainsFunc(servers, func(s server) bool { return s.own.after(option) != usual }) || option != "weight" && usual != "" {
			found = append(found, "server … "+option)
		}
	}
	return found
}
