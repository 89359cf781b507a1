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

	leavingPriority = 1 // below all others: who leaves gives the address up
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
	for _, h := range c.VRRPPeers { // in the end, so that the others keep theirs
		if h.IsLeaving() {
			h.VRRPPriority = leavingPriority
		}
	}
	c.VRRPWeight = c.vrrpWeight()
}

func (c *Cluster) vrrpWeight() int {
	if k := c.Spec.VIP.Keepalived; k != nil && k.Check.Weight != nil {
		return *k.Check.Weight
	}
	lowest, highest := c.VRRPSpread()
	if lowest == nil {
		return -weightMargin
	}
	return -min(highest.VRRPPriority-lowest.VRRPPriority+weightMargin, maxWeight)
}

// VRRPSpread gives the peers with the lowest and the highest priority, of those that stay; nil where none does.
func (c *Cluster) VRRPSpread() (lowest, highest *Host) {
	for _, h := range c.VRRPPeers {
		if h.IsLeaving() {
			continue
		}
		if lowest == nil || h.VRRPPriority < lowest.VRRPPriority {
			lowest = h
		}
		if highest == nil || h.VRRPPriority > highest.VRRPPriority {
			highest = h
		}
	}
	return lowest, highest
}
