package review

import (
	"net"
	"path"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// certificates says which are new or have other names, and so have to be issued.
func (f *facts) certificates() {
	if !f.known() {
		return
	}
	type key struct {
		path, issuer, gains, loses string
		fresh                      bool
	}
	var groups grouped[key]
	gone := f.namesOfOthers()
	for _, host := range f.stays {
		had := f.before.Host(host).Certificates
		for _, c := range f.after.Host(host).Certificates {
			was := find(had, func(o tree.Certificate) bool { return o.Path == c.Path })
			if was == nil {
				groups.add(key{c.Path, c.Issuer, "", "", true}, host)
				continue
			}
			gains, loses := without(c.Names, was.Names), without(was.Names, c.Names)
			if len(gains)+len(loses) > 0 || was.Issuer != c.Issuer {
				groups.add(key{c.Path, c.Issuer, strings.Join(gains, "\n"), strings.Join(loses, "\n"), false}, host)
			}
		}
	}
	for _, host := range f.stays {
		before, after := f.before.Host(host), f.after.Host(host)
		for _, p := range after.PKI {
			served := find(after.Certificates, func(c tree.Certificate) bool { return c.Path == p.Path })
			if served == nil && !isKey(p.Path) && find(before.PKI, func(o tree.PKIFile) bool { return o.Path == p.Path }) == nil {
				groups.add(key{p.Path, "khagen pki", "", "", true}, host)
			}
		}
	}
	groups.each(func(k key, hosts []string) {
		c := Certificate{Path: k.path, Issuer: k.issuer, Hosts: hosts, New: k.fresh, Gains: lines(k.gains), Loses: lines(k.loses)}
		c.Do = f.issue(c)
		host, _, _ := net.SplitHostPort(f.before.Cluster.Topology.Endpoint)
		if slices.Contains(c.Loses, host) && len(f.endpointChanged()) > 0 {
			c.Do = "when all have left " + host + ": " + c.Do
		} else if !c.New && len(c.Gains) == 0 && len(without(c.Loses, gone)) == 0 && len(c.Loses) > 0 {
			c.Do = "can wait: " + c.Do
		}
		f.review.Certificates = append(f.review.Certificates, c)
	})
	slices.SortStableFunc(f.review.Certificates, func(a, b Certificate) int { return strings.Compare(a.Path, b.Path) })
}

// isKey says whether a file of pki's is half of a key, whose certificate or other half says enough.
func isKey(file string) bool { return path.Ext(file) == ".key" || path.Ext(file) == ".pub" }

// phases of kubeadm init that issue a certificate, by its path below the folder of certificates.
var phases = map[string]string{"apiserver.crt": "apiserver", "etcd/server.crt": "etcd-server", "etcd/peer.crt": "etcd-peer"}

// issue says how a certificate is issued again.
func (f *facts) issue(c Certificate) string {
	if c.Issuer != "kubeadm" {
		if c.New {
			return "khagen pki init " + f.review.Cluster
		}
		keys := ""
		if len(c.Gains)+len(c.Loses) > 0 { // from another issuer, there are none to keep
			keys = " --keep-keys"
		}
		return "khagen pki renew " + strings.Join(c.Hosts, " ") + keys + " --cluster " + f.review.Cluster
	}
	if c.New {
		return "kubeadm join issues it"
	}
	for end, phase := range phases {
		if strings.HasSuffix(c.Path, "/pki/"+end) {
			return "move " + path.Base(c.Path) + " and its key away, then kubeadm init phase certs " + phase + " --config " + kubeadmConfig
		}
	}
	return "kubeadm issues it"
}

// lostNames gives names that certificates of hosts lose: those of hosts that are gone or have another, and all others.
func (f *facts) lostNames() (ofGone, others []string) {
	if !f.known() {
		return nil, nil
	}
	gone := f.namesOfOthers()
	for _, c := range f.review.Certificates {
		for _, name := range c.Loses {
			if slices.Contains(gone, name) {
				ofGone = append(ofGone, name)
			} else {
				others = append(others, name)
			}
		}
	}
	return natural(ofGone), natural(others)
}

// namesOfOthers are names and addresses that no host has any more, and a virtual address that goes when the endpoint has left it.
func (f *facts) namesOfOthers() []string {
	var gone []string
	for _, m := range f.before.Cluster.Members {
		now := member(f.after.Cluster, m.Name)
		if now == nil {
			gone = append(gone, m.Name)
		}
		if now == nil || now.NodeName != m.NodeName {
			gone = append(gone, m.NodeName)
		}
		if now == nil || now.Address != m.Address {
			gone = append(gone, m.Address)
		}
	}
	if len(f.vipLeft()) > 0 {
		gone = append(gone, f.before.Cluster.Topology.VIP.Addresses...)
	}
	return gone
}

func without(list, other []string) []string {
	var rest []string
	for _, item := range list {
		if !slices.Contains(other, item) {
			rest = append(rest, item)
		}
	}
	return rest
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
