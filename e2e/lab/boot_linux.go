package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootPatience is how long a host may take from power to the end of its boot, on a machine with much else to do. It takes
// a second.
const bootPatience = 3 * time.Minute

// enterAndRun moves a shell into cgroups and makes it the program after them.
const enterAndRun = `while [ "$1" != -- ]; do echo 0 >"$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"`

// Boot turns the host on and returns when its systemd has started everything. What failed to start, Failed tells.
func (h *Host) Boot(ctx context.Context) error {
	if h.leader.Load() != 0 {
		return fmt.Errorf("boot host %s: it is on", h.Name)
	}
	ctx, cancel := context.WithTimeout(ctx, bootPatience)
	defer cancel()
	if err := h.boot(ctx); err != nil {
		console, _ := os.ReadFile(h.console())
		err = fmt.Errorf("boot host %s: %w; it said last: %s", h.Name, err, lastLines(string(console), 15))
		return errors.Join(err, h.Crash())
	}
	return nil
}

func (h *Host) boot(ctx context.Context) error {
	if err := h.connect(); err != nil {
		return err
	}
	folders, err := h.lab.cgroups.addHost(h.Name)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "") // a socket's path has to be short
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(folder, "notify"), Net: "unixgram"})
	if err != nil {
		return err
	}
	defer notify.Close()
	if err := h.startNspawn(folders, notify.LocalAddr().String()); err != nil {
		return err
	}
	go func() { // whatever ends first, reading ends
		select {
		case <-ctx.Done():
		case <-h.ended:
		}
		notify.Close()
	}()
	return h.awaitReady(ctx, notify)
}

// startNspawn starts the host's systemd. It has all capabilities but those over what it shares with the machine: clock,
// kernel modules, ports of hardware.
func (h *Host) startNspawn(cgroups []string, notify string) error {
	console, err := os.OpenFile(h.console(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer console.Close()
	arguments := []string{
		"systemd-nspawn", "--quiet", "--boot", "--directory=" + h.Root(), "--machine=" + h.port, "--hostname=" + h.Name,
		"--register=no", "--keep-unit", // there is no manager out here to ask
		"--capability=all", "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO",
		"--network-namespace-path=/run/netns/" + h.port, "--notify-ready=yes", "--console=pipe",
		"--link-journal=no", "--resolv-conf=off", "--timezone=off",
	}
	for _, path := range dataFolders {
		arguments = append(arguments, "--bind="+h.data(path)+":"+path)
	}
	for target, source := range h.spec.Binds {
		arguments = append(arguments, "--bind-ro="+source+":"+target)
	}
	cmd := exec.Command("sh", slices.Concat([]string{"-c", enterAndRun, "sh"}, cgroups, []string{"--"}, arguments)...)
	cmd.Stdout, cmd.Stderr = console, console
	// Without a filter of system calls, as machines have none; the kernel's parameters of its own network are the host's.
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify, "SYSTEMD_SECCOMP=0", "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network")
	if err := cmd.Start(); err != nil {
		return err
	}
	h.nspawn, h.ended = cmd, make(chan struct{})
	go func() {
		_ = cmd.Wait() // that it ended is all there is to know: the console has the rest
		// Where nspawn was killed its child is this process's, which is the first of the world. It ends as the last of its host.
		if leader := h.leader.Swap(0); leader != 0 {
			_, _ = unix.Wait4(int(leader), nil, 0, nil)
		}
		close(h.ended)
	}()
	return nil
}

func (h *Host) console() string { return filepath.Join(h.dir, "console.log") }

// awaitReady reads what nspawn notifies: first the first process of the host, later that it is ready.
func (h *Host) awaitReady(ctx context.Context, notify *net.UnixConn) error {
	message := make([]byte, 4096)
	for {
		n, err := notify.Read(message)
		if err != nil {
			if ctx.Err() != nil {
				return fmt.Errorf("not within %v: %w", bootPatience, ctx.Err())
			}
			return errors.New("it ended")
		}
		lines := strings.Split(string(message[:n]), "\n")
		for _, line := range lines {
			if text, is := strings.CutPrefix(line, "X_NSPAWN_LEADER_PID="); is {
				pid, err := strconv.ParseInt(text, 10, 64)
				if err != nil {
					return err
				}
				h.leader.Store(pid)
			}
		}
		if slices.Contains(lines, "READY=1") {
			return nil
		}
	}
}

// Failed gives the units that failed, one a line, and nothing where all is well.
func (h *Host) Failed(ctx context.Context) (string, error) {
	return h.Run(ctx, "systemctl", "list-units", "--failed", "--plain", "--no-legend", "--no-pager")
}
