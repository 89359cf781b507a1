package combinations

// stride is how many of a structure's details are passed over from one candidate to the next. It shares no factor with the
// number of details, so that all have their turn.
const stride = 13

// Choose gives the legal combinations and the others: every structure once, with details so that between them the legal ones have
// every pair of values that any legal one has.
func Choose() (legal, illegal []Combination) {
	seen := coverage{}
	for turn, s := range Structures() {
		all := product(s, details)
		var allowed, refused []Combination
		for i := turn % stride; i < len(all); i += stride {
			if len(all[i].Refusals()) == 0 {
				allowed = append(allowed, all[i])
			} else {
				refused = append(refused, all[i])
			}
		}
		if len(allowed) > 0 {
			c := seen.best(allowed)
			seen.add(c)
			legal = append(legal, c)
		} else {
			illegal = append(illegal, refused[0])
		}
	}
	return legal, illegal
}
