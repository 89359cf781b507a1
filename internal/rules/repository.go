package rules

import (
	"path"
	"strings"

	"github.com/khagen/khagen/schema"
)

var repositoryRules = []Rule{{
	ID: "KH140", Severity: Error,
	Title:  "Git keeps all that khagen writes",
	Reason: "What Git ignores is missing in every clone: it is neither reviewed nor delivered, and nobody is told.",
	Hint:   "delete the line, or take the output back in below it: !/out/**",
	Source: "gitignore(5)",
	fleet:  outputKept,
}}

// writtenFiles stand for all that khagen writes: each kind of file once, as seen from a cluster's folder; HOST is every
// host.
var writtenFiles = []string{
	"README.md",
	"manifest.json",
	"hosts/HOST/manifest.json",
	"hosts/HOST/blocks/etc/hosts",
	"hosts/HOST/rootfs/etc/default/kubelet",
	"hosts/HOST/rootfs/etc/haproxy/haproxy.cfg",
	"hosts/HOST/rootfs/etc/keepalived/check-apiserver.sh",
	"hosts/HOST/rootfs/etc/keepalived/keepalived.conf",
	"hosts/HOST/rootfs/etc/kubernetes/kubeadm/config.yaml",
	"hosts/HOST/rootfs/etc/kubernetes/manifests/haproxy.yaml",
	"hosts/HOST/rootfs/etc/systemd/system/kubelet.service.d/20-khagen.conf",
	"hosts/HOST/secrets/etc/haproxy/stats.env.j2",
	"hosts/HOST/secrets/etc/keepalived/auth.conf.j2",
	"ansible/inventory.yml",
	"ansible/site.yml",
	"salt/top.sls",
}

func outputKept(fleet Fleet, f *found) {
	if fleet.Repo.Out == "" || len(fleet.Repo.Ignore) == 0 {
		return
	}
	ignore := map[string][]ignoreLine{}
	for file, content := range fleet.Repo.Ignore {
		ignore[path.Dir(file)] = parseIgnore(file, content)
	}
	type place struct {
		file   string
		number int
	}
	said := map[place]bool{}
	check := func(file string) {
		line := ignoredBy(ignore, file)
		if line == nil || said[place{line.file, line.number}] {
			return
		}
		said[place{line.file, line.number}] = true
		f.add(nil, nil, "Git ignores %s", file).Pos = schema.Position{File: line.file, Line: line.number, Col: 1}
	}
	for _, c := range fleet.Clusters {
		folder := path.Join(fleet.Repo.Out, c.Spec.Name)
		for _, name := range writtenFiles {
			before, after, perHost := strings.Cut(name, "HOST")
			if !perHost {
				check(path.Join(folder, name))
				continue
			}
			for i, h := range c.Hosts {
				if i == 0 || after == "/manifest.json" { // all hosts' folders, and one from inside
					check(path.Join(folder, before, h.Name, after))
				}
			}
		}
	}
}
