package rollout

import (
	"fmt"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// Text gives the plan for people at a terminal.
func (p *Plan) Text() string {
	var b strings.Builder
	switch {
	case p.Note != "":
		fmt.Fprintf(&b, "%s: no waves. %s\n", p.Cluster, p.Note)
	case len(p.Refused) > 0:
		fmt.Fprintf(&b, "%s: refused, no order is safe\n", p.Cluster)
		for _, r := range p.Refused {
			fmt.Fprintf(&b, "\n  %s\n    why: %s\n", r.What, r.Why)
			for i, step := range r.Instead {
				fmt.Fprintf(&b, "    %d. %s\n", i+1, step)
			}
		}
	case len(p.Waves) == 0:
		fmt.Fprintf(&b, "%s: no host has anything to do\n", p.Cluster)
	default:
		fmt.Fprintf(&b, "%s: %s\n", p.Cluster, counted(len(p.Waves), "wave"))
		for i := range p.Waves {
			p.Waves[i].text(&b, i+1)
		}
	}
	return b.String()
}

func (w *Wave) text(b *strings.Builder, number int) {
	fmt.Fprintf(b, "\n%d. %s (%s)\n   %s\n", number, w.Title, w.ID, w.Why)
	for _, part := range []struct {
		name  string
		steps []Step
	}{{"before", w.Before}, {"deliver", nil}, {"then", w.Steps}, {"check", w.After}, {"back", w.Back}} {
		if what := w.delivers(); part.name == "deliver" && what != "" {
			fmt.Fprintf(b, "   deliver   %s\n", what)
		}
		for _, s := range part.steps {
			fmt.Fprintf(b, "   %-9s %s%s\n", part.name, s.Text, s.where())
			if s.Run != "" {
				fmt.Fprintf(b, "             $ %s\n", s.Run)
			}
		}
	}
}

// delivers says in words what is brought to whom; empty where nothing is.
func (w *Wave) delivers() string {
	var what []string
	if len(w.Phases) > 0 {
		what = append(what, "files")
	}
	if w.Programs {
		what = append(what, "programs")
	}
	text := tree.Words(what)
	if len(w.Phases) > 0 {
		text += " of " + list(w.Phases)
	}
	if w.PKI {
		text = strings.TrimPrefix(text+", certificates and keys", ", ")
	}
	if text == "" {
		return ""
	}
	text += " to " + strings.Join(w.Hosts, ", ")
	switch {
	case len(w.Hosts) > 1 && w.Batch == 1:
		text += ", one after the other"
	case len(w.Hosts) > 1:
		text += fmt.Sprintf(", %d at a time", w.Batch)
	}
	return text
}

// where says who does a step. Words alone say it themselves.
func (s *Step) where() string {
	text := ""
	switch s.On {
	case onHost:
	case onController:
		if s.Run != "" {
			text = " (in the repository)"
		}
	default:
		text = " (on " + s.On + ")"
	}
	if s.Manual {
		text += " (by hand)"
	}
	return text
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Markdown gives the plan for a pull request or a ticket: waves to tick off, each with its commands.
func (p *Plan) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Rollout of %s\n\n", p.Cluster)
	switch {
	case p.Note != "":
		b.WriteString(p.Note + "\n")
	case len(p.Refused) > 0:
		b.WriteString("Refused: no order is safe.\n")
		for _, r := range p.Refused {
			fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n", r.What, r.Why)
			for i, step := range r.Instead {
				fmt.Fprintf(&b, "%d. %s\n", i+1, step)
			}
		}
	case len(p.Waves) == 0:
		b.WriteString("No host has anything to do.\n")
	default:
		for i := range p.Waves {
			p.Waves[i].markdown(&b, i+1)
		}
	}
	return b.String()
}

func (w *Wave) markdown(b *strings.Builder, number int) {
	fmt.Fprintf(b, "- [ ] **%d. %s** (`%s`)\n\n  %s\n\n", number, w.Title, w.ID, w.Why)
	for _, part := range []struct {
		name  string
		steps []Step
	}{{"Before", w.Before}, {"Deliver", nil}, {"Then", w.Steps}, {"Check", w.After}, {"Back", w.Back}} {
		if what := w.delivers(); part.name == "Deliver" && what != "" {
			fmt.Fprintf(b, "  Deliver %s.\n\n", what)
		}
		if len(part.steps) == 0 {
			continue
		}
		fmt.Fprintf(b, "  %s:\n\n", part.name)
		for _, s := range part.steps {
			fmt.Fprintf(b, "  - %s%s\n", s.Text, s.where())
			if s.Run != "" {
				fmt.Fprintf(b, "    ```sh\n    %s\n    ```\n", s.Run)
			}
		}
		b.WriteString("\n")
	}
}
