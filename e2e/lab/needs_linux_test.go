package lab

import (
	"reflect"
	"strings"
	"testing"
)

func TestMirror(t *testing.T) {
	const text = `bookworm main http://mirror.example/debian/
bookworm contrib http://mirror.example/debian/
bookworm-security main http://mirror.example/debian-security/
bookworm stable https://other.example/
`
	got, err := parseTargets(text, Release{"debian", "12", "bookworm"})
	if want := (source{"http://mirror.example/debian/", []string{"main"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := parseTargets(text, Release{"debian", "13", "trixie"}); err == nil {
		t.Errorf("a release without a source has %v", got)
	}
}

// What is missing is named all at once, by what has to be installed.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Missing()
	const want = "no programs of apt, debootstrap, iproute2, mount, openssh-client, systemd, systemd-container, util-linux"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
