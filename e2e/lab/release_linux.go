package lab

import (
	"errors"
	"os"
	"strings"
)

// Release is what /etc/os-release says of this machine, and so of the hosts.
type Release struct{ ID, Version, Codename string } // debian, 12, bookworm

// ThisRelease reads it.
func ThisRelease() (Release, error) {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return Release{}, err
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = strings.Trim(value, `"`)
	}
	if values["VERSION_CODENAME"] == "" {
		return Release{}, errors.New("/etc/os-release has no VERSION_CODENAME: hosts are made on Debian and Ubuntu alone")
	}
	return Release{values["ID"], values["VERSION_ID"], values["VERSION_CODENAME"]}, nil
}
