package main

import (
	"os"
)

// isTerminal says whether people read what is written to f, or type what is read from it.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	nobody, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, nobody)
}

// colourWanted decides on colour for stdout: always, never, or (auto) on a terminal that can and unless NO_COLOR is
// set (https://no-color.org).
func colourWanted(when string) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(os.Stdout)
}
