package failures

import (
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// tuning is how long a definition's own intervals let faults last. A reference cluster keeps those of its document, which can
// be longer than what is promised.
type tuning struct {
	server   time.Duration // until the balancers leave an API server out
	handover time.Duration // until another has the address of one that gives it up
	takeover time.Duration // until another has the address of one that is silent
	balancer time.Duration // until another has the address of one whose balancer is gone
	host     time.Duration
}

func tuningOf(c *topology.Cluster) tuning {
	var t tuning
	if c.BalancesByHAProxy() {
		check := c.Spec.LoadBalancer.HealthCheck
		t.server = c.CheckWindow() + check.Interval.Std() + check.Timeout.Std()
	}
	t.host = t.server
	vip := c.Spec.VIP
	switch {
	case vip == nil:
	case len(c.VRRPPeers) > 0:
		// RFC 5798, 6.1: who hears nothing for three intervals and a part of one takes over. Who hears that the holder gives up
		// waits for the part alone.
		advert, check := vip.Keepalived.AdvertInterval.Std(), vip.Keepalived.Check
		t.handover = advert + vip.Keepalived.GARP.Delay.Std()
		t.takeover = 4*advert + vip.Keepalived.GARP.Delay.Std()
		t.balancer = time.Duration(check.Fall+1)*check.Interval.Std() + check.Timeout.Std() + t.takeover
		t.host += t.takeover
	case c.AnswersARP():
		// k8s.io/client-go/tools/leaderelection: who waits for the lease looks at it once in a retryPeriod and up to JitterFactor
		// of one more, and counts its duration from the look that first saw how it was renewed.
		lease := vip.KubeVIP.Lease
		look := lease.RetryPeriod.Std() * 22 / 10
		t.handover = look
		t.takeover = lease.Duration.Std() + 2*look
		t.balancer = t.takeover
		t.host += t.takeover
		if len(c.LoadBalancers) == 0 {
			t.server = t.takeover // the holder can't renew it by an API server of its own
		}
	}
	return t
}
