package playbook

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Tasks count until the next begins, however their lines arrive, and the same of the same play counts together.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		for _, printed := range []struct {
			text string
			took time.Duration
		}{
			{"\nPLAY [Bring etcd up] ****\n\nTASK [Wait until ", time.Second},
			{"it is well] ****\n", 5 * time.Second},
			{"ok: [a]\n\nTASK [Ask the host] ***\n", 2 * time.Second},
			{"\nPLAY [Say what is left] ***\n\nTASK [Wait until it is well] ***\n", time.Second},
			{"\nPLAY [Bring etcd up] ***\n\nTASK [Wait until it is well] ***\n", 4 * time.Second},
			{"\nPLAY RECAP ****\na : ok=1\n", time.Hour},
		} {
			fmt.Fprint(&c, printed.text)
			time.Sleep(printed.took)
		}
		got := Longest(c.Steps(), 2)
		const want = `     12s  Bring etcd up
      1s  Say what is left
      9s  Bring etcd up: Wait until it is well
      2s  Bring etcd up: Ask the host
`
		if got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}
