package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/khagen/khagen/e2e/cgroups"
	"github.com/khagen/khagen/e2e/sandbox"
)

// programs are what the lab runs on this machine, with the package of Debian that has each.
var programs = map[string]string{
	"apt-get": "apt", "debootstrap": "debootstrap", "ip": "iproute2", "mount": "mount", "nsenter": "util-linux", "ssh": "openssh-client",
	"ssh-keygen": "openssh-client", "systemctl": "systemd", "systemd-nspawn": "systemd-container", "unshare": "util-linux",
}

// Run runs tests, usually (*testing.M).Run, in a new world and returns the exit code. It belongs into TestMain, before
// anything is started. It makes the hosts' image first, where that isn't there. Where the machine allows no lab, the
// tests run all the same and Available says why.
func Run(tests func() int) int {
	outside := sandbox.Available() != nil
	if outside && Missing() == nil {
		// In the world there is no network.
		if err := MakeImage(); err != nil {
			fmt.Fprintln(os.Stderr, "lab:", err)
		}
	}
	return sandbox.RunAsRoot(tests)
}

// Available tells whether labs can be started, and if not, all that is missing.
func Available() error {
	err := Missing()
	if err == nil {
		err = sandbox.Available()
	}
	if err != nil {
		return fmt.Errorf("a lab needs more than there is here: %w", err)
	}
	image, err := ImagePath()
	if err == nil {
		_, err = os.Stat(image)
	}
	if err != nil {
		return fmt.Errorf("the hosts' image wasn't made, see above: %w", err)
	}
	return nil
}

// Programs that watch files, which nodes have some twenty of each, all count as this machine's root.
const (
	watchers       = "/proc/sys/fs/inotify/max_user_instances"
	fewestWatchers = 512
)

// Missing names all that this machine lacks.
func Missing() error {
	var all []error
	if os.Geteuid() != 0 {
		all = append(all, errors.New("not root"))
	}
	var install []string
	for program, debian := range programs {
		if _, err := exec.LookPath(program); err != nil && !slices.Contains(install, debian) {
			install = append(install, debian)
		}
	}
	if slices.Sort(install); len(install) > 0 {
		all = append(all, errors.New("no programs of "+strings.Join(install, ", ")+": e2e/setup.sh lab"))
	}
	if systems, err := os.ReadFile("/proc/filesystems"); err != nil || !strings.Contains(string(systems), "\toverlay\n") {
		all = append(all, errors.New("no overlay file systems"))
	}
	if hierarchies, err := cgroups.Own(); err != nil || len(hierarchies) == 0 {
		all = append(all, fmt.Errorf("no control groups below %s: %w", cgroups.Root, err))
	}
	if _, err := ThisRelease(); err != nil {
		all = append(all, err)
	}
	if limit, err := os.ReadFile(watchers); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(limit))); err == nil && n < fewestWatchers {
			all = append(all, fmt.Errorf("%s is %d, want %d: e2e/setup.sh lab", watchers, n, fewestWatchers))
		}
	}
	return errors.Join(all...)
}
