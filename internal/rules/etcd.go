package rules

import (
	"slices"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

var etcdRules = []Rule{
	{
		ID: "KH040", Severity: Error,
		Title:   "a cluster that looks highly available has more than two etcd members",
		Reason:  "Two members need both for a majority: the loss of either stops the cluster, twice as likely as with one.",
		Hint:    "add a third member (a control plane, or with etcd.topology \"hosts\" a host with the role etcd), or say that the cluster survives no failure: availability: tolerate: hosts: 0",
		Source:  "https://etcd.io/docs/latest/faq/#why-an-odd-number-of-cluster-members",
		cluster: twoMembers,
	},
	{
		ID: "KH041", Severity: Warning,
		Title:   "the number of etcd members is odd",
		Reason:  "An even number survives no more failures than one member less, and has one more that can fail.",
		Hint:    "use 1, 3 or 5 members",
		Source:  "https://etcd.io/docs/latest/faq/#why-an-odd-number-of-cluster-members",
		cluster: evenMembers,
	},
	{
		ID: "KH042", Severity: Warning,
		Title:   "etcd has at most seven members",
		Reason:  "Every write waits for a majority: more members make the cluster slower, not safer.",
		Hint:    "use 3 or 5 members",
		Source:  "https://etcd.io/docs/latest/faq/#what-is-maximum-cluster-size",
		cluster: manyMembers,
	},
	{
		ID: "KH043", Severity: Error,
		Title:   "etcd's election timeout is at least five heartbeats and at most 50 seconds",
		Reason:  "etcd refuses to start with anything else.",
		Hint:    "use ten times the heartbeat interval",
		Source:  "etcd-io/etcd server/embed/config.go, Validate; https://etcd.io/docs/latest/tuning/",
		cluster: electionTimeout,
	},
	{
		ID: "KH044", Severity: Warning,
		Title:   "etcd's quota is at most 8 GiB",
		Reason:  "Larger stores take long to snapshot, to restore and to send to a new member; etcd warns about them itself.",
		Hint:    "use 8 or less",
		Source:  "https://etcd.io/docs/latest/dev-guide/limit/#storage-size-limit",
		cluster: quota,
	},
	{
		ID: "KH045", Severity: Warning,
		Title:  "clusters of one site have etcd tokens of their own",
		Reason: "The token keeps members of one cluster from talking to those of another after a mistake with addresses.",
		Hint:   "leave etcd.token out: it is the cluster's name then",
		Source: "https://etcd.io/docs/latest/op-guide/clustering/",
		fleet:  tokensDiffer,
	},
}

// toleratedHosts is the claim; -1 is none.
func toleratedHosts(c *topology.Cluster) int {
	if t := c.Spec.Availability.Tolerate; t != nil && t.Hosts != nil {
		return *t.Hosts
	}
	return -1
}

// membersChange says whether a member joins or leaves: numbers are those of a state to pass through then.
func membersChange(c *topology.Cluster) bool {
	return slices.ContainsFunc(c.EtcdMembers, func(h *topology.Host) bool { return h.IsJoining() || h.IsLeaving() })
}

func twoMembers(c *topology.Cluster, f *found) {
	if len(c.EtcdMembers) == 2 && toleratedHosts(c) != 0 && !membersChange(c) {
		f.add(c, field{"hosts"}, "etcd has two members (%s) and stops when either fails", names(c.EtcdMembers))
	}
}

func evenMembers(c *topology.Cluster, f *found) {
	n := len(c.EtcdMembers)
	if n == 0 || n%2 == 1 || n == 2 && toleratedHosts(c) != 0 || membersChange(c) {
		return
	}
	f.add(c, field{"hosts"}, "etcd has %d members (%s) and survives the loss of %d, as with %d", n, names(c.EtcdMembers), (n-1)/2, n-1).
		mend("take one away, or add one")
}

func manyMembers(c *topology.Cluster, f *found) {
	if n := len(c.EtcdMembers); n > 7 {
		f.add(c, field{"hosts"}, "etcd has %d members: %s", n, names(c.EtcdMembers))
	}
}

func electionTimeout(c *topology.Cluster, f *found) {
	if c.Spec.Etcd.Topology == topology.EtcdExternal {
		return
	}
	heartbeat, election := c.Spec.Etcd.HeartbeatInterval.Std(), c.Spec.Etcd.ElectionTimeout.Std()
	at := field{"etcd", "electionTimeout"}
	switch {
	case election < 5*heartbeat:
		f.add(c, at, "%s is less than five heartbeats of %s", short(election), short(heartbeat)).mend("write %s", short(10*heartbeat))
	case election > 50*time.Second:
		f.add(c, at, "%s is more than 50s", short(election)).mend("write at most 50s; 1s suits a single site")
	}
}

func quota(c *topology.Cluster, f *found) {
	if q := c.Spec.Etcd.QuotaBackendGiB; q > 8 && c.Spec.Etcd.Topology != topology.EtcdExternal {
		f.add(c, field{"etcd", "quotaBackendGiB"}, "the quota is %d GiB", q)
	}
}

func tokensDiffer(fleet Fleet, f *found) {
	type place struct{ site, token string }
	owner := map[place]*topology.Cluster{}
	for _, c := range fleet.Clusters {
		if c.Spec.Etcd.Topology == topology.EtcdExternal {
			continue
		}
		token := c.EtcdToken()
		key := place{c.Spec.Site, token}
		if other := owner[key]; other != nil {
			f.add(c, field{"etcd", "token"}, "the clusters %s and %s have the same etcd token %q", other.Spec.Name, c.Spec.Name, token)
			continue
		}
		owner[key] = c
	}
}
