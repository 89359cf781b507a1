package rules

// FreeLines says whether extraConfig of a program's section can have these lines: they stay in their block, the definition decides
// nothing of what they say, and they hold no password.
func FreeLines(program, section string, lines []string) bool {
	depth := 0
	for _, line := range (extraBlock{program: program, section: section, lines: lines}).scan() {
		opened, below := nesting(line.words)
		if problem, _ := strays(program, line); problem != "" || depth+below < 0 || passwordIn(program, line.words) != "" {
			return false
		}
		if len(line.words) > 0 && line.depth == 0 {
			if what, _ := ownedLine(extraBlock{program: program, section: section}, line.words); what != "" {
				return false
			}
		}
		depth += opened
	}
	return depth == 0
}
