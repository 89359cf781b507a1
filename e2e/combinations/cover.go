package combinations

// pair is two values of different axes, by their numbers.
type pair struct {
	a, b               int
	valueOfA, valueOfB string
}

// pairs are all of a combination.
func (c Combination) pairs() []pair {
	values := c.values()
	var all []pair
	for a := range values {
		for b := a + 1; b < len(values); b++ {
			all = append(all, pair{a, b, values[a], values[b]})
		}
	}
	return all
}

// coverage is which pairs have been seen.
type coverage map[pair]bool

func (seen coverage) add(c Combination) {
	for _, p := range c.pairs() {
		seen[p] = true
	}
}

// missing is how many pairs of a combination have not been seen.
func (seen coverage) missing(c Combination) int {
	n := 0
	for _, p := range c.pairs() {
		if !seen[p] {
			n++
		}
	}
	return n
}

// best is the combination with the most pairs that have not been seen, the first of several.
func (seen coverage) best(among []Combination) Combination {
	var best Combination
	most := -1
	for _, c := range among {
		if n := seen.missing(c); n > most {
			best, most = c, n
		}
	}
	return best
}

// Cover chooses combinations so that every pair of values that occurs among them occurs in one that is chosen.
func Cover(among []Combination) []Combination {
	seen := coverage{}
	var chosen []Combination
	for {
		c := seen.best(among)
		if seen.missing(c) == 0 {
			return chosen
		}
		chosen = append(chosen, c)
		seen.add(c)
	}
}
