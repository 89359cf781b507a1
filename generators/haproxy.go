package generators

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

const (
	haproxyUnit  = "haproxy.service"
	statsEnvFile = "/etc/haproxy/stats.env"
)

var haproxyConfig = embedded("haproxy.cfg.tmpl")

// haproxyData is what haproxy.cfg is rendered from.
type haproxyData struct {
	Header                              string
	Contained                           bool
	Binds                               []string // address and options
	MaxConnections                      int
	HealthBind                          string // empty where nobody asks
	Connect, Idle                       string
	Balance                             string
	Check                               schema.HealthCheck
	CheckInterval, CheckTimeout, Verify string
	Backends                            []topology.Backend
	AccessLog                           schema.AccessLog
	Stats                               schema.Stats
	StatsBind, StatsEnv                 string
	Socket                              string // the admin's; pods have none
	Extra                               haproxyLines
}

// haproxyLines are the definition's own lines, by section.
type haproxyLines struct{ Global, Defaults, Frontend, Backend ownLines }

// haproxySocket is the admin's, in a folder that the family's package makes.
func haproxySocket(family string) string {
	if family == upstream.FamilyRHEL {
		return "/var/lib/haproxy/stats"
	}
	return "/run/haproxy/admin.sock"
}

// renderHAProxy gives haproxy.cfg for hosts of a family of distributions; pods have the same everywhere.
func renderHAProxy(c *topology.Cluster, family string) ([]byte, error) {
	lb := c.Spec.LoadBalancer
	data := haproxyData{
		Header:         header(c),
		Contained:      lb.Runtime != topology.RuntimeSystemd,
		Binds:          haproxyBinds(c),
		MaxConnections: lb.MaxConnections,
		Connect:        compact(lb.Timeouts.Connect),
		Idle:           compact(lb.Timeouts.Idle),
		Balance:        lb.Balance,
		Check:          lb.HealthCheck,
		CheckInterval:  compact(lb.HealthCheck.Interval),
		CheckTimeout:   compact(lb.HealthCheck.Timeout),
		Verify:         "verify none",
		Backends:       c.Backends,
		AccessLog:      lb.AccessLog,
		Stats:          lb.Stats,
		StatsBind:      topology.HostPort(lb.Stats.Address, lb.Stats.Port),
		StatsEnv:       statsEnvFile,
		Socket:         haproxySocket(family),
		Extra: haproxyLines{
			lb.ExtraConfig.HAProxy.Global, lb.ExtraConfig.HAProxy.Defaults, lb.ExtraConfig.HAProxy.Frontend, lb.ExtraConfig.HAProxy.Backend,
		},
	}
	if lb.Runtime == topology.RuntimeStaticPod {
		data.HealthBind = topology.HostPort(c.Loopback(), topology.BalancerHealthPort)
	}
	if c.PublishesPorts() {
		data.StatsBind = fmt.Sprintf("*:%d", lb.Stats.Port) // the container's own network; it is published at the address
	}
	if lb.HealthCheck.VerifyCA {
		data.Verify = "verify required verifyhost kubernetes ca-file " + c.PKIFile("ca.crt")
	}
	if lb.AccessLog.Format != "" {
		data.AccessLog.Format = haproxyQuote(lb.AccessLog.Format)
	}
	return haproxyConfig().Render(data)
}

// haproxyBinds are a line for each address: without v6only, an IPv6 wildcard would take the IPv4 port too.
func haproxyBinds(c *topology.Cluster) []string {
	if c.PublishesPorts() {
		return []string{fmt.Sprintf("*:%d", c.ProxyPort())}
	}
	var binds []string
	for _, l := range c.BalancerListens() {
		switch {
		case l.Addr() == netip.IPv4Unspecified():
			binds = append(binds, fmt.Sprintf("*:%d", l.Port()))
		case l.Addr() == netip.IPv6Unspecified():
			binds = append(binds, l.String()+" v6only")
		default:
			binds = append(binds, l.String())
		}
	}
	return binds
}

// haproxyQuote makes one word of a text: inside single quotes, haproxy takes everything as it stands.
func haproxyQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func newHAProxy(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "haproxy" || lb.Runtime != topology.RuntimeSystemd {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsLoadBalancer() {
			return nil, nil
		}
		config, err := renderHAProxy(c, h.OS.Family)
		if err != nil {
			return nil, err
		}
		files := []tree.File{
			{
				Path: "/etc/haproxy/haproxy.cfg", Kind: tree.KindFile, Mode: 0o644, Content: config,
				Phase: tree.PhaseLoadBalancer, Notify: reload(haproxyUnit),
			},
			dropIn(c, haproxyUnit, haproxyDropIn(lb.Stats), tree.PhaseLoadBalancer),
		}
		if asksForPassword(c) {
			files = append(files, tree.File{
				Path: statsEnvFile, Kind: tree.KindSecret, Mode: 0o600,
				Content: []byte("HAPROXY_STATS_PASSWORD='" + tree.Secret(lb.Stats.PasswordSecret) + "'\n"),
				Phase:   tree.PhaseLoadBalancer, Notify: restart(haproxyUnit),
			})
		}
		return files, nil
	}
}

// haproxyDropIn keeps systemd from giving up after five quick failures: a balancer that is down for good is worse than
// one that tries for ever.
func haproxyDropIn(stats schema.Stats) string {
	text := "[Unit]\nStartLimitIntervalSec=0\n\n[Service]\n"
	if stats.Enabled && stats.PasswordSecret != "" {
		text += fmt.Sprintf("EnvironmentFile=%s\n", statsEnvFile)
	}
	return text + "Restart=always\nRestartSec=1s\n"
}
