package adopt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// adoptBalance takes the way in which servers are chosen.
func (d *Draft) adoptBalance(api proxy) {
	switch balance := api.back.value("balance"); balance {
	case "":
	case "leastconn", "roundrobin", "source":
		d.Set(balance, "loadBalancer", "balance")
	case "static-rr":
		d.Set("roundrobin", "loadBalancer", "balance")
	default:
		d.Remark("No place for: balance "+balance+". It is leastconn here.", "loadBalancer")
	}
}

// shortestIdle is the time below which khagen vet warns: exec and port-forward would be cut.
const shortestIdle = 10 * time.Minute

// adoptTimeouts takes the times that khagen vet has nothing against.
func (d *Draft) adoptTimeouts(api proxy) {
	at := []string{"loadBalancer", "timeouts"}
	most := time.Second // keepalived's check where nothing else is said
	if t, err := time.ParseDuration(d.text("vip", "keepalived", "check", "timeout")); err == nil {
		most = t
	}
	if t, ok := haTime(api.back.value("timeout", "connect")); ok && t < most {
		d.Set(duration(t), append(at, "connect")...)
	} else if ok {
		d.Remark(fmt.Sprintf("haproxy waited %s for a connection: left out. While a host is gone, the checks of healthy balancers would fail (KH093).", duration(t)), at...)
	}
	idle, ok := idleTime(api)
	switch {
	case !ok:
	case idle < shortestIdle:
		d.Remark(fmt.Sprintf("haproxy cut connections without traffic after %s: left out, since that cuts watches, exec and port-forward.", duration(idle)), at...)
	default:
		d.Set(duration(idle), append(at, "idle")...)
	}
}

// idleTime is how long connections may be silent: tunnel rules where it is set, else the shorter of client's and server's.
func idleTime(api proxy) (idle time.Duration, ok bool) {
	if t, ok := haTime(api.back.value("timeout", "tunnel")); ok {
		return t, true
	}
	client, known := haTime(api.front.value("timeout", "client"))
	t, ok := haTime(api.back.value("timeout", "server"))
	switch {
	case known && ok:
		return min(client, t), true
	case known:
		return client, true
	}
	return t, ok
}

// adoptConnections takes the lowest of the limits that apply.
func (d *Draft) adoptConnections(sections []*haSection, api proxy) {
	most := 0
	limit := func(text string) {
		if n, ok := count(text); ok && (most == 0 || n < most) {
			most = n
		}
	}
	limit(api.front.value("maxconn"))
	for _, section := range sections {
		if section.kind == "global" {
			limit(section.value("maxconn"))
		}
	}
	if most > 0 {
		d.Set(most, "loadBalancer", "maxConnections")
	}
}

// adoptAccessLog says whether connections are logged: where a log is named, and not switched off.
func (d *Draft) adoptAccessLog(sections []*haSection, api proxy) {
	at := []string{"loadBalancer", "accessLog"}
	logs := api.front.all("log")
	if len(api.front.own("no", "log")) > 0 || !slices.ContainsFunc(logs, func(l haDirective) bool { return logsSomewhere(sections, l) }) {
		return
	}
	d.Set(true, append(at, "enabled")...)
	if format := api.front.value("log-format"); format != "" && api.front.value("mode") != "http" {
		d.Set(format, append(at, "format")...)
	} else if format != "" {
		d.Remark("No place for: log-format, which is one of mode http.", at...)
	}
	for _, section := range sections {
		for _, l := range section.own("log") {
			if to := l.after("log"); section.kind == "global" && !leavesHost(l) && !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "stdout") {
				d.Remark(fmt.Sprintf("haproxy logged to %s: here to the journal.", to), at...)
			}
		}
	}
}

// logsSomewhere says whether a log line leads to a log: "global" to those of the global section.
func logsSomewhere(sections []*haSection, l haDirective) bool {
	if l.after("log") != "global" {
		return len(l.words) > 1
	}
	return slices.ContainsFunc(sections, func(s *haSection) bool { return s.kind == "global" && len(s.own("log")) > 0 })
}

// count reads a whole number from 1 on.
func count(text string) (int, bool) {
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err == nil && n > 0
}

// haUnits are the units of haproxy's times; a number alone is milliseconds.
var haUnits = []struct {
	suffix string
	unit   time.Duration
}{
	{"us", time.Microsecond},
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
	{"", time.Millisecond},
}

// haTime reads one of haproxy's times, in whole milliseconds and at least one; false where it is none, or zero.
func haTime(text string) (time.Duration, bool) {
	for _, u := range haUnits {
		number, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 31)
		if err != nil || n == 0 || n > uint64(1000*time.Hour/u.unit) {
			return 0, false
		}
		return max((time.Duration(n) * u.unit).Truncate(time.Millisecond), time.Millisecond), true
	}
	return 0, false
}
