package lab

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestOnce: what is there isn't made again, what fails isn't there, and what nobody has asked for goes with the next that is made.
func TestOnce(t *testing.T) {
	folder, made := t.TempDir(), 0
	ask := func(name string, fails error) error {
		return once(filepath.Join(folder, name), func(partial string) error {
			made++
			return errors.Join(os.Mkdir(partial, 0o755), fails)
		})
	}
	there := func(want ...string) {
		t.Helper()
		var got []string
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			got = append(got, f.Name())
		}
		if !slices.Equal(got, want) {
			t.Errorf("there are %q, and should be %q", got, want)
		}
	}
	for _, name := range []string{"old", "old", "young"} {
		if err := ask(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	if made != 2 {
		t.Errorf("made %d times", made)
	}
	if err := ask("bad", os.ErrInvalid); !errors.Is(err, os.ErrInvalid) {
		t.Error(err)
	}
	there("bad.lock", "old", "old.lock", "young", "young.lock")

	long := time.Now().Add(-forgotten - time.Hour)
	for _, name := range []string{"old", "young"} {
		if err := os.Chtimes(filepath.Join(folder, name+".lock"), long, long); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"young", "new"} {
		if err := ask(name, nil); err != nil {
			t.Fatal(err)
		}
	}
	there("bad.lock", "new", "new.lock", "old.lock", "young", "young.lock")
}
