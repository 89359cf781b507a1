package starter

import (
	"fmt"
	"io"
	"strings"
)

// Dialogue asks somebody for the answers.
type Dialogue struct {
	Out   io.Writer                // gets the questions
	Line  func() (string, error)   // gives what was typed
	Judge func(*Answers) []Mistake // what is wrong with all answers
}

// Ask asks all questions that are needed, but for the name only where named is false. An empty line takes what is suggested; a wrong answer is asked for again. What was
// answered before is what is suggested.
func (d *Dialogue) Ask(a *Answers, named bool) error {
	for _, q := range Questions() {
		answer := q.answer(a)
		if q.Flag == NAME && named {
			continue
		}
		if !q.isNeeded(a) {
			*answer = ""
			continue
		}
		if *answer == "" {
			*answer = q.suggest(a)
		}
		if err := d.ask(a, &q); err != nil {
			return err
		}
	}
	return nil
}

// ask asks one question until its answer is right.
func (d *Dialogue) ask(a *Answers, q *Question) error {
	text := q.Ask
	if choices := q.Choices(); choices != nil {
		text += " (" + strings.Join(choices, ", ") + ")"
	}
	suggested := *q.answer(a)
	for {
		fmt.Fprintf(d.Out, "%s [%s]: ", text, suggested)
		line, err := d.Line()
		if err != nil {
			return err
		}
		*q.answer(a) = suggested
		if line = strings.TrimSpace(line); line != "" {
			*q.answer(a) = line
		}
		if !d.complain(a, q) {
			return nil
		}
	}
}

// complain says what is wrong with an answer, if something is: the others are as suggested.
func (d *Dialogue) complain(a *Answers, q *Question) (complained bool) {
	whole := *a
	whole.FillIn()
	for _, mistake := range d.Judge(&whole) {
		if mistake.Flag == q.Flag {
			fmt.Fprintln(d.Out, "  "+strings.ReplaceAll(mistake.Problem, "\n", "\n  "))
			complained = true
		}
	}
	return complained
}
