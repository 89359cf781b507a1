package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/starter"
)

// errUnanswered says that whoever was asked went away.
var errUnanswered = errors.New("no answer, nothing was written")

// ask asks for a cluster until there is one that can be built. What was said before is suggested again.
func (o *initOptions) ask(cmd *cobra.Command) (*newcomer, error) {
	out := cmd.ErrOrStderr()
	named := o.answers.Folder != ""
	if named {
		if err := starter.Place(".", o.answers.Folder, o.folders); err != nil {
			return nil, err
		}
	}
	fmt.Fprintln(out, "Enter takes what stands in brackets. Nothing is written before the last question.")
	d := starter.Dialogue{Out: out, Line: typed(cmd.Context(), os.Stdin), Judge: o.wrong}
	for {
		if err := d.Ask(&o.answers, named); err != nil {
			fmt.Fprintln(out)
			return nil, err
		}
		c, err := o.fromAnswers()
		if err == nil {
			err = o.admit(c)
		}
		if err == nil {
			return c, nil
		}
		fmt.Fprintln(out, "That doesn't go together. Once more, with what you said in brackets:")
		tell(out, err)
	}
}

// wrong is what the schema says of answers, so that it is heard when they are given.
func (o *initOptions) wrong(answers *starter.Answers) []starter.Mistake {
	probe := *o
	probe.answers = *answers
	c, err := probe.fromAnswers()
	var trial *starter.Trial
	var problems []problem
	if err == nil {
		trial, _, problems, err = o.try(c)
	}
	var one starter.Mistake
	switch {
	case errors.As(err, &one):
		return []starter.Mistake{one}
	case err != nil:
		return nil // it comes again when all is answered
	}
	defer trial.Close()
	return c.blame(inPlace(trial, problems))
}

// typed gives lines of a terminal; a signal ends the wait for one.
func typed(ctx context.Context, in io.Reader) func() (string, error) {
	type line struct {
		text string
		err  error
	}
	lines := make(chan line)
	go func() {
		reader := bufio.NewReader(in)
		for {
			text, err := reader.ReadString('\n')
			select {
			case lines <- line{text, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return func() (string, error) {
		select {
		case <-ctx.Done():
			return "", errInterrupted
		case l := <-lines:
			if l.err != nil {
				return "", errUnanswered
			}
			return l.text, nil
		}
	}
}
