package failures

import "time"

// longest is the longest time between two of the moments at which something went well, which are in order, from since until another.
func longest(well []time.Time, since, until time.Time) (from, to time.Time) {
	from, to = since, since
	last := since
	for _, at := range append(well, until) {
		if !at.After(last) {
			continue
		}
		if at.Sub(last) > to.Sub(from) {
			from, to = last, at
		}
		last = at
	}
	return from, to
}
