package topology

import "slices"

// Derived priorities start high and keep this distance: with adjacent ones, two backups elect themselves for a moment
// when the holder goes, and clients follow the wrong announcement.
const (
	highestPriority = 250
	priorityStep    = 40
	lowestPriority  = 10
	weightMargin    = 10 // what a failed check takes off beyond the spread of the priorities
	maxWeight       = 253
)

func (c *Cluster) vrrpPeers() []*Host {
	if v := c.Spec.VIP; v == nil || v.Provider != ProviderKeepalived || v.Keepalived == nil { // the last is for a rule
		return nil
	}
	switch c.Spec.LoadBalancer.Placement {
	case PlacementNone:
		return c.ControlPlanes
	case PlacementNodeLocal: // a VIP has no use there, as a rule says
		return nil
	}
	return c.LoadBalancers
}

// setVRRP fills in the priorities that the definition leaves out, highest first in natural order, and the weight that
// lets any backup win against a holder whose check fails.
func (c *Cluster) setVRRP() {
	if len(c.VRRPPeers) == 0 {
		return
	}
	var taken []int
	for _, h := range c.VRRPPeers {
		if h.Spec.VRRP.Priority != nil {
			h.VRRPPriority = *h.Spec.VRRP.Priority
			taken = append(taken, h.VRRPPriority)
		}
	}
	step := priorityStep
	if n := len(c.VRRPPeers) - 1; n > 0 {
		step = max(1, min(step, (highestPriority-lowestPriority)/n))
	}
	next := highestPriority
	for _, h := range c.VRRPPeers {
		if h.Spec.VRRP.Priority != nil {
			continue
		}
		for slices.Contains(taken, next) {
			next--
		}
		h.VRRPPriority = next
		next -= step
	}
	c.VRRPWeight = c.vrrpWeight()
}

func (c *Cluster) vrrpWeight() int {
	if k := c.Spec.VIP.Keepalived; k != nil && k.Check.Weight != nil {
		return *k.Check.Weight
	}
	lowest, highest := c.VRRPPeers[0].VRRPPriority, c.VRRPPeers[0].VRRPPriority
	for _, h := range c.VRRPPeers {
		lowest, highest = min(lowest, h.VRRPPriority), max(highest, h.VRRPPriority)
	}
	return -min(highest-lowest+weightMargin, maxWeight)
}
