package combinations

import "sync"

// stride is how many of a structure's details are passed over from one candidate to the next. It shares no factor with their
// number, and each structure begins at another: all have their turn.
const stride = 61

// Chosen are combinations to build.
type Chosen struct {
	Legal, Illegal []Combination
}

// Choose gives every structure once: with details that make it legal where there are any, so that between them the legal ones
// have every pair of values that is possible; and for each cause more that it alone refuses, with every value that it can meet.
var Choose = sync.OnceValue(func() Chosen {
	var chosen Chosen
	pairs, met := newCoverage(), map[meeting]bool{}
	for turn, s := range Structures() {
		legal, refused := candidates(s, turn)
		if len(legal) > 0 {
			c := pairs.best(legal)
			pairs.add(c)
			chosen.Legal = append(chosen.Legal, c)
		} else {
			chosen.Illegal = append(chosen.Illegal, refused[0])
		}
		for _, c := range refused {
			if meets(met, c) {
				chosen.Illegal = append(chosen.Illegal, c)
			}
		}
	}
	for turn, s := range Structures() {
		legal, _ := candidates(s, turn)
		for _, c := range legal {
			if pairs.missing(c) > 0 {
				pairs.add(c)
				chosen.Legal = append(chosen.Legal, c)
			}
		}
	}
	return chosen
})

var choices = product(Combination{}, details)

// candidates are some of a structure's combinations.
func candidates(structure Combination, turn int) (legal, refused []Combination) {
	for i := turn % stride; i < len(choices); i += stride {
		c := structure
		for _, a := range details {
			*a.field(&c) = *a.field(&choices[i])
		}
		if c.legal() {
			legal = append(legal, c)
		} else {
			refused = append(refused, c)
		}
	}
	return legal, refused
}

// meeting is a cause, by its number, and a value of an axis, by its.
type meeting struct {
	cause, axis int
	value       string
}

// meets says whether a single cause refuses the combination, and meets a value for the first time.
func meets(met map[meeting]bool, c Combination) bool {
	only := c.onlyCause()
	if only < 0 {
		return false
	}
	first := false
	for i, value := range c.values() {
		if m := (meeting{only, i, value}); !met[m] {
			met[m], first = true, true
		}
	}
	return first
}
