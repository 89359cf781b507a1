package playbook

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Step is a task that a playbook ran on one or several hosts, once or several times.
type Step struct {
	Play, Task string
	Took       time.Duration
}

// Clock keeps what ansible-playbook prints into it, and when its tasks began.
type Clock struct {
	output bytes.Buffer
	read   int // bytes of whole lines that were looked at
	play   string
	marks  []mark
}

type mark struct {
	Step
	at time.Time
}

var header = regexp.MustCompile(`^(PLAY|TASK|RUNNING HANDLER) (?:\[(.*)\]|RECAP) \*+$`)

// Write takes what was printed.
func (c *Clock) Write(p []byte) (int, error) {
	c.output.Write(p)
	for {
		rest := c.output.Bytes()[c.read:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		c.read += end + 1
		c.line(string(rest[:end]))
	}
}

func (c *Clock) line(text string) {
	m := header.FindStringSubmatch(text)
	switch {
	case m == nil:
		return
	case m[1] == "PLAY":
		c.play = m[2]
		m[2] = ""
	}
	c.marks = append(c.marks, mark{Step{Play: c.play, Task: m[2]}, time.Now()})
}

// String gives all that was printed.
func (c *Clock) String() string { return c.output.String() }

// Steps gives all tasks, the ones that took longest first. That of a play before its first task has no name.
func (c *Clock) Steps() []Step {
	took := map[Step]time.Duration{}
	for i := range c.marks {
		if i > 0 {
			took[c.marks[i-1].Step] += c.marks[i].at.Sub(c.marks[i-1].at)
		}
	}
	var all []Step
	for step, d := range took {
		step.Took = d
		all = append(all, step)
	}
	slices.SortFunc(all, func(a, b Step) int {
		return cmp.Or(cmp.Compare(b.Took, a.Took), cmp.Compare(a.Play, b.Play), cmp.Compare(a.Task, b.Task))
	})
	return all
}

// Longest says what the first of some steps took, and how long each play did.
func Longest(steps []Step, n int) string {
	plays := map[string]time.Duration{}
	for _, s := range steps {
		plays[s.Play] += s.Took
	}
	var all []Step
	for play, took := range plays {
		all = append(all, Step{Play: play, Took: took})
	}
	slices.SortFunc(all, func(a, b Step) int { return cmp.Or(cmp.Compare(b.Took, a.Took), cmp.Compare(a.Play, b.Play)) })
	var text strings.Builder
	for _, s := range append(all, steps[:min(n, len(steps))]...) {
		fmt.Fprintf(&text, "%8v  %s", s.Took.Round(100*time.Millisecond), s.Play)
		if s.Task != "" {
			text.WriteString(": " + s.Task)
		}
		text.WriteByte('\n')
	}
	return text.String()
}
