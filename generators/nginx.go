package generators

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

const (
	nginxUnit   = "nginx.service"
	nginxFolder = "/etc/nginx"
	nginxConf   = nginxFolder + "/nginx.conf"
	nginxUsers  = nginxFolder + "/stats.htpasswd"
	nginxLog    = "/var/log/nginx"

	// nginxFormat is that of the access log where the definition has none. Of a server that was tried in vain, too,
	// $upstream_addr has the address.
	nginxFormat = "$remote_addr:$remote_port [$time_iso8601] $status upstream=$upstream_addr connect=$upstream_connect_time " +
		"session=$session_time received=$bytes_received sent=$bytes_sent"
)

var nginxConfig = embedded("nginx.conf.tmpl")

// nginxData is what nginx.conf is rendered from.
type nginxData struct {
	Header                       string
	Modules, User, PID, ErrorLog string // Modules and User are empty where nothing is to be written
	Contained                    bool   // in a container, in the foreground
	OpenFiles, WorkerConnections int
	MaxConnections               int
	Method                       string // of balancing; empty for nginx's own, round robin
	Backends                     []topology.Backend
	MaxFails                     int
	FailTimeout, Connect, Idle   string
	AccessLog, Format            string // AccessLog is empty where there is none
	Listens                      []string
	Health                       string // empty where nobody asks
	Stats                        *nginxStats
	Extra                        nginxLines
}

// nginxLines are the definition's own lines, by block.
type nginxLines struct{ Stream, Upstream, Server ownLines }

// nginxStats is the status page. Users is empty where it asks for no password.
type nginxStats struct{ Listen, Path, Users string }

var nginxMethods = map[string]string{"leastconn": "least_conn", "roundrobin": "", "source": "hash $remote_addr consistent"}

// renderNginx gives nginx.conf for hosts of a family of distributions; containers have the same everywhere.
func renderNginx(c *topology.Cluster, family string) ([]byte, error) {
	lb := c.Spec.LoadBalancer
	data := nginxData{
		Header:            header(c),
		Modules:           nginxFolder + "/modules-enabled/*.conf",
		User:              nginxGroup(c, family),
		PID:               "/run/nginx.pid",
		ErrorLog:          nginxLog + "/error.log",
		OpenFiles:         openFiles(c),
		WorkerConnections: 2 * lb.MaxConnections,
		MaxConnections:    lb.MaxConnections,
		Method:            nginxMethods[lb.Balance],
		Backends:          c.Backends,
		MaxFails:          lb.HealthCheck.Fall,
		FailTimeout:       fmt.Sprintf("%ds", failTimeout(c)),
		Connect:           compact(lb.Timeouts.Connect),
		Idle:              compact(lb.Timeouts.Idle),
		Listens:           nginxListens(c),
		Extra: nginxLines{
			nested(lb.ExtraConfig.Nginx.Stream), nested(lb.ExtraConfig.Nginx.Upstream), nested(lb.ExtraConfig.Nginx.Server),
		},
	}
	if family == upstream.FamilyRHEL {
		data.Modules = "/usr/share/nginx/modules/*.conf"
	}
	if lb.AccessLog.Enabled {
		data.AccessLog = cmp.Or(lb.AccessLog.Path, nginxLog+"/access.log")
		data.Format = nginxQuote(cmp.Or(lb.AccessLog.Format, nginxFormat))
	}
	if lb.Stats.Enabled {
		data.Stats = &nginxStats{Listen: topology.HostPort(lb.Stats.Address, lb.Stats.Port), Path: lb.Stats.Path}
		if lb.Stats.PasswordSecret != "" {
			data.Stats.Users = nginxUsers
		}
	}
	if lb.Runtime != topology.RuntimeSystemd {
		data.contain(c)
	}
	return nginxConfig().Render(data)
}

// nginxListens are one of each address, and of each family: an IPv6 socket of nginx's takes no IPv4. In a network of the
// container's own it is its port.
func nginxListens(c *topology.Cluster) []string {
	if c.PublishesPorts() {
		return []string{strconv.Itoa(c.ProxyPort())}
	}
	var listens []string
	for _, l := range c.BalancerListens() {
		if l.Addr() == netip.IPv4Unspecified() {
			listens = append(listens, strconv.Itoa(int(l.Port())))
		} else {
			listens = append(listens, l.String())
		}
	}
	return listens
}

// failTimeout is in seconds: nginx takes no fractions here.
func failTimeout(c *topology.Cluster) int {
	return int((c.CheckWindow() + time.Second - 1) / time.Second)
}

// nginxGroup is the user and group that the package's, or the image's, workers run as.
func nginxGroup(c *topology.Cluster, family string) string {
	if c.Spec.LoadBalancer.Runtime == topology.RuntimeSystemd && family != upstream.FamilyRHEL {
		return "www-data"
	}
	return "nginx"
}

// nginxQuote makes one word of a text. Inside the quotes nginx takes all as it stands but quotes, backslashes and variables.
func nginxQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

func newNginx(c *topology.Cluster) HostFiles {
	lb := c.Spec.LoadBalancer
	if lb.Proxy != "nginx" || lb.Runtime != topology.RuntimeSystemd {
		return none
	}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsLoadBalancer() {
			return nil, nil
		}
		config, err := renderNginx(c, h.OS.Family)
		if err != nil {
			return nil, err
		}
		files := []tree.File{
			{
				Path: nginxConf, Kind: tree.KindFile, Mode: 0o644, Content: config,
				Phase: tree.PhaseLoadBalancer, Notify: reload(nginxUnit),
			},
			dropIn(c, nginxUnit, "[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nRestart=always\nRestartSec=1s\n", tree.PhaseLoadBalancer),
		}
		return append(files, nginxPasswords(c, nginxGroup(c, h.OS.Family))...), nil
	}
}

// nginxPasswords is the file that the status page's password is in, for a group to read. The workers read it with each
// request, so nothing has to be told of a change. PLAIN, since whoever renders the template has the password, not a hash.
func nginxPasswords(c *topology.Cluster, group string) []tree.File {
	stats := c.Spec.LoadBalancer.Stats
	if !stats.Enabled || stats.PasswordSecret == "" {
		return nil
	}
	return []tree.File{{
		Path: nginxUsers, Kind: tree.KindSecret, Mode: 0o640, Owner: "root:" + group, Phase: tree.PhaseLoadBalancer,
		Content: fmt.Appendf(nil, "%s:{PLAIN}%s\n", stats.User, tree.Secret(stats.PasswordSecret)),
	}}
}
