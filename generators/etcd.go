package generators

import (
	"maps"
	"net"
	"path"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

// newEtcd renders etcd's members as units. Flags, not etcd's configuration file: etcd refuses a flag that it doesn't know,
// and ignores a key.
func newEtcd(c *topology.Cluster) HostFiles {
	if !c.RunsEtcd() {
		return none
	}
	s := service{c, "etcd", tree.PhaseEtcd}
	return func(h *topology.Host) ([]tree.File, error) {
		if !h.IsEtcdMember() {
			return nil, nil
		}
		flags, err := etcdMemberFlags(h)
		if err != nil {
			return nil, err
		}
		unit, err := s.hardened(etcdUnit(h))
		return []tree.File{etcdUser(c), s.flags(args(flags, c.Spec.Etcd.ExtraArgs)), etcdInitialFlags(h), unit}, err
	}
}

// initialVariable holds the flags of EtcdInitialFile.
const initialVariable = "INITIAL_ARGS"

// etcdInitialFlags are read only by a member without data. They have a file of their own, so that a member that joins or
// leaves restarts none of the others.
func etcdInitialFlags(h *topology.Host) tree.File {
	c := h.Cluster
	flags := args(map[string]string{
		"initial-advertise-peer-urls": etcdURL(h, topology.EtcdPeerPort),
		"initial-cluster":             initialCluster(h),
		"initial-cluster-state":       initialClusterState(h),
		"initial-cluster-token":       c.EtcdToken(),
	}, nil)
	return tree.File{
		Path: c.EtcdInitialFile(), Kind: tree.KindFile, Mode: 0o644, Phase: tree.PhaseEtcd,
		Content: flagsText(c, initialVariable, flags),
	}
}

// etcdUser makes the user that etcd runs as.
func etcdUser(c *topology.Cluster) tree.File {
	return tree.File{
		Path: "/etc/sysusers.d/etcd.conf", Kind: tree.KindFile, Mode: 0o644, Phase: tree.PhasePrerequisites,
		Content: []byte(header(c) + "u " + topology.EtcdUser + " - \"etcd\" -\n"), Notify: []tree.Action{{Verb: tree.VerbUsers}},
	}
}

// etcdUnit lets a member take its time to start: it is ready once a majority is, which may be down for long, and a member
// that is killed while it receives a snapshot begins anew.
func etcdUnit(h *topology.Host) hardenedUnit {
	c := h.Cluster
	unit := hardenedUnit{
		Description: "etcd member " + h.EtcdName(), Documentation: "https://etcd.io/docs/",
		Type: "notify", User: topology.EtcdUser, Initial: c.EtcdInitialFile(),
		Settings: []string{
			"# Ready once a majority of the members is: start them together, with systemctl start --no-block.",
			"TimeoutStartSec=infinity",
			"LimitNOFILE=65536", "OOMScoreAdjust=-900",
		},
		Writes: []string{h.EtcdDataDir()},
	}
	if wal := h.EtcdWALDir(); wal != "" {
		unit.Writes = append(unit.Writes, wal)
	}
	for _, folder := range unit.Writes {
		unit.Prepare = append(unit.Prepare, "/usr/bin/install --directory --mode=0700 --owner=etcd --group=etcd "+folder)
	}
	return unit
}

func etcdMemberFlags(h *topology.Host) (map[string]string, error) {
	c := h.Cluster
	version, err := c.EtcdVersion()
	if err != nil {
		return nil, err
	}
	flags, loopback := etcdTuning(c), c.Loopback().String()
	maps.Copy(flags, map[string]string{
		"name":     h.EtcdName(),
		"data-dir": h.EtcdDataDir(),

		"advertise-client-urls": etcdURL(h, topology.EtcdClientPort),
		"listen-client-urls":    etcdURL(h, topology.EtcdClientPort) + ",https://" + net.JoinHostPort(loopback, topology.EtcdClientPort),
		"listen-peer-urls":      etcdURL(h, topology.EtcdPeerPort),
		"listen-metrics-urls":   "http://" + net.JoinHostPort(loopback, topology.EtcdMetricsPort), // and health, without TLS

		"cert-file":             c.EtcdPKIFile("server.crt"),
		"key-file":              c.EtcdPKIFile("server.key"),
		"trusted-ca-file":       c.EtcdPKIFile("ca.crt"),
		"client-cert-auth":      "true",
		"peer-cert-file":        c.EtcdPKIFile("peer.crt"),
		"peer-key-file":         c.EtcdPKIFile("peer.key"),
		"peer-trusted-ca-file":  c.EtcdPKIFile("ca.crt"),
		"peer-client-cert-auth": "true",
	})
	if wal := h.EtcdWALDir(); wal != "" {
		flags["wal-dir"] = etcdWALFolder(wal)
	}
	maps.Copy(flags, etcdVersionFlags(version))
	return flags, nil
}

// etcdWALFolder is where etcd keeps its log on a disk of its own: etcd makes the folder by a rename, which a mount point
// would refuse.
func etcdWALFolder(disk string) string { return path.Join(disk, "wal") }

// etcdVersionFlags are what kubeadm sets beside, by their names in the version: a check for corruption before a member
// serves, and the news that API servers need to answer lists from their caches.
func etcdVersionFlags(v upstream.Version) map[string]string {
	if v.AtLeast(3, 6) {
		return map[string]string{"feature-gates": "InitialCorruptCheck=true", "watch-progress-notify-interval": "5s"}
	}
	return map[string]string{
		"experimental-initial-corrupt-check":          "true",
		"experimental-watch-progress-notify-interval": "5s",
		"snapshot-count": "10000", // 3.6's default; 3.5 keeps ten times as much in memory
	}
}

func etcdURL(h *topology.Host, port string) string {
	return "https://" + net.JoinHostPort(h.EtcdAddress().String(), port)
}

// initialCluster names the members as they are when this one starts for the first time.
func initialCluster(h *topology.Host) string {
	var members []string
	for _, m := range h.EtcdPeers() {
		members = append(members, m.EtcdName()+"="+etcdURL(m, topology.EtcdPeerPort))
	}
	return strings.Join(members, ",")
}

// initialClusterState is read when a member starts without data. One that joins must not found a cluster of its own.
func initialClusterState(h *topology.Host) string {
	if h.IsJoining() {
		return "existing"
	}
	return "new"
}
