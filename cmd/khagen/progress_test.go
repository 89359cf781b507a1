package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgress(t *testing.T) {
	for _, c := range []struct {
		name string
		took time.Duration
		want string
	}{
		{"a short build shows nothing", 900 * time.Millisecond, ""},
		{"a long build shows a line and takes it away", 1100 * time.Millisecond, "\r\x1b[Kshop (2 of 3)\r\x1b[K"},
		{"the line follows", 1300 * time.Millisecond, "\r\x1b[Kshop (2 of 3)\r\x1b[Kshop (2 of 3)\r\x1b[K"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var terminal bytes.Buffer
				p := startProgress(&terminal)
				p.set("%s (%d of %d)", "shop", 2, 3)
				time.Sleep(c.took)
				p.done()
				if got := terminal.String(); got != c.want {
					t.Errorf("shows %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestNoProgress(t *testing.T) {
	p := new(progress)
	p.set("%s", "shop")
	p.done()
}
