package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	systemdProgram = "/usr/lib/systemd/systemd"
	bootWord       = "boot"
)

// leftOut are units that a host does without: those of the settings and devices of the machine's kernel, and people who log in.
var leftOut = []string{
	"dbus.service", "dbus.socket", "dev-hugepages.mount", "dev-mqueue.mount", "getty.target",
	"kmod-static-nodes.service", "modprobe@.service", "proc-sys-fs-binfmt_misc.automount",
	"sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
	"systemd-ask-password-console.path", "systemd-ask-password-wall.path", "systemd-binfmt.service",
	"systemd-firstboot.service", "systemd-initctl.socket", "systemd-journald-audit.socket", "systemd-logind.service",
	"systemd-machine-id-commit.service", "systemd-modules-load.service", "systemd-networkd.service",
	"systemd-random-seed.service", "systemd-remount-fs.service", "systemd-resolved.service", "systemd-sysctl.service",
	"systemd-sysusers.service", "systemd-timesyncd.service", "systemd-tmpfiles-setup-dev.service",
	"systemd-udev-trigger.service", "systemd-udevd.service", "systemd-update-utmp-runlevel.service",
	"systemd-update-utmp.service", "systemd-user-sessions.service", "tmp.mount",
}

// CanBoot tells whether hosts can run systemd, and if not, why.
func CanBoot() error {
	if err := Available(); err != nil {
		return err
	}
	if !HasUsers() {
		return errors.New("services have users of their own, so systemd needs root")
	}
	if _, err := os.Stat(systemdProgram); err != nil {
		return fmt.Errorf("apt-get install systemd: %w", err)
	}
	made, err := newCgroups()
	if err != nil {
		return fmt.Errorf("systemd needs cgroups of its own: %w", err)
	}
	return made.remove()
}

// bootFiles are what systemd has to find, and nothing in place of the units that are left out: an empty file masks one.
func bootFiles() []File {
	files := []File{
		{Path: "/etc/machine-id", Content: []byte(strings.Repeat("0123456789abcdef", 2) + "\n")},
		{Path: "/etc/systemd/journald.conf", Content: []byte("[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n")},
	}
	for _, unit := range leftOut {
		files = append(files, File{Path: filepath.Join("/etc/systemd/system", unit)})
	}
	// What makes units of a machine's disks and terminals has nothing to do here, at each boot and daemon-reload.
	generators, _ := filepath.Glob("/usr/lib/systemd/system-generators/*")
	for _, generator := range generators {
		files = append(files, File{Path: filepath.Join("/etc/systemd/system-generators", filepath.Base(generator))})
	}
	return files
}

// execSystemd makes this process systemd, which takes it for a container. It returns on failure alone.
func execSystemd() error {
	environment := []string{"container=khagen", "PATH=" + searchPath, "LANG=C.UTF-8"}
	return fmt.Errorf("exec systemd: %w", unix.Exec(systemdProgram, []string{"systemd", "--unit=multi-user.target"}, environment))
}

// boot starts systemd and returns when its target is reached.
func (h *Host) boot() error {
	if err := json.NewEncoder(h.stdin).Encode(bootWord); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		var output bytes.Buffer
		cmd := h.Command(ctx, "systemctl", "is-system-running", "--wait")
		cmd.Stdout, cmd.Stderr = &output, &output
		err := cmd.Run()
		state := strings.TrimSpace(output.String())
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("not within %v: %s", patience, state)
		case strings.HasPrefix(state, "degraded"):
			failed, _ := h.Command(ctx, "systemctl", "--failed", "--plain", "--no-legend").CombinedOutput()
			return fmt.Errorf("units failed: %s", failed)
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond): // its socket isn't there yet
		}
	}
}
