package tree

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// errNoExchange says that this file system can't exchange two folders.
var errNoExchange = errors.New("folders can't be exchanged here")

// Commit puts everything that was staged into place. Up to the first swap, and where a swap fails, each cluster keeps
// its old folder. Where folders can't be exchanged, files are moved one by one; the next build finishes that where
// this one is killed.
func (o *Out) Commit() error {
	if len(o.staged) == 0 {
		return nil
	}
	slices.SortFunc(o.staged, func(a, b *stage) int { return cmp.Compare(a.cluster, b.cluster) })
	if err := syncFiles(o.dir); err != nil {
		return err
	}
	var oneByOne []*stage
	for _, s := range o.staged {
		err := s.swap(o.exchange)
		if errors.Is(err, errNoExchange) {
			oneByOne = append(oneByOne, s)
			continue
		}
		if err != nil {
			return errors.Join(fmt.Errorf("swap cluster %s: %w", s.cluster, err), o.swapBack())
		}
	}
	for i, s := range oneByOne {
		if err := s.startJournal(); err != nil {
			return errors.Join(err, removeJournals(oneByOne[:i+1]), o.swapBack())
		}
	}
	staged := o.staged
	o.staged = nil // from here on there is no way back
	for _, s := range oneByOne {
		if err := s.replay(); err != nil {
			return fmt.Errorf("cluster %s is half written, the next build finishes it: %w", s.cluster, err)
		}
	}
	var problems []error
	for _, s := range staged {
		var err error
		if s.swapped && s.exists {
			err = s.removeOld()
		}
		if err == nil {
			err = os.RemoveAll(s.dir)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("cluster %s is written, but its old files can't be removed: %w", s.cluster, err))
		}
	}
	return errors.Join(problems...)
}

// swap puts the new folder into place and the old one into the stage.
func (s *stage) swap(exchange func(a, b string) error) error {
	var err error
	switch {
	case !s.whole:
		return errNoExchange
	case !s.exists:
		err = os.Rename(s.path(s.base), s.place(s.base))
	case s.empty:
		err = os.Rename(s.place(s.base), s.gone())
		if crossesLayers(err) {
			return errNoExchange
		}
	default:
		err = exchange(s.path(s.base), s.place(s.base))
	}
	s.swapped = err == nil
	return err
}

// gone is where a folder goes that is no more.
func (s *stage) gone() string { return filepath.Join(s.dir, "gone") }

// swapBack undoes the swaps.
func (o *Out) swapBack() error {
	var problems []error
	for _, s := range o.staged {
		if !s.swapped {
			continue
		}
		s.swapped = false
		switch {
		case !s.exists:
			problems = append(problems, os.Rename(s.place(s.base), s.path(s.base)))
		case s.empty:
			problems = append(problems, os.Rename(s.gone(), s.place(s.base)))
		default:
			problems = append(problems, o.exchange(s.path(s.base), s.place(s.base)))
		}
	}
	return errors.Join(problems...)
}

func removeJournals(stages []*stage) error {
	var problems []error
	for _, s := range stages {
		if err := os.Remove(journalPath(s.dir)); err != nil && !missing(err) {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}
