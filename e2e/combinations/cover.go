package combinations

import "slices"

// coverage is which pairs of values have been seen: a row and a column for each value of each axis.
type coverage [][]bool

func newCoverage() coverage {
	n := 0
	for _, a := range axes {
		n += len(a.values)
	}
	seen := make(coverage, n)
	for i := range seen {
		seen[i] = make([]bool, n)
	}
	return seen
}

// numbers of the combination's values among those of all axes, in ascending order.
func (c Combination) numbers() []int {
	numbers, before := make([]int, len(axes)), 0
	for i, a := range axes {
		numbers[i] = before + slices.Index(a.values, *a.field(&c))
		before += len(a.values)
	}
	return numbers
}

func (seen coverage) add(c Combination) {
	numbers := c.numbers()
	for i, x := range numbers {
		for _, y := range numbers[i+1:] {
			seen[x][y] = true
		}
	}
}

// missing is how many pairs of a combination have not been seen.
func (seen coverage) missing(c Combination) int {
	n, numbers := 0, c.numbers()
	for i, x := range numbers {
		for _, y := range numbers[i+1:] {
			if !seen[x][y] {
				n++
			}
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

// Cover chooses legal combinations, as few as it can find, so that every pair of values that any of them has occurs in one.
func Cover() []Combination {
	var among []Combination
	for turn, s := range Structures() {
		legal, _ := candidates(s, turn)
		among = append(among, legal...)
	}
	seen := newCoverage()
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
