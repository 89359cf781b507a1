package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/khagen/khagen/e2e/sandbox"
)

// Crash takes the host's power away, at once: no process of it does anything more, and nobody is told. Whatever it had
// written stays. A host that is off stays off.
func (h *Host) Crash() error {
	if err := h.disconnect(); err != nil {
		return fmt.Errorf("crash %s: %w", h.Name, err)
	}
	if h.nspawn != nil {
		if err := h.lab.cgroups.kill(h.Name); err != nil {
			return fmt.Errorf("crash %s: %w", h.Name, err)
		}
		_ = h.nspawn.Process.Kill() // it may have ended
		<-h.ended
	}
	return h.lab.cgroups.removeHost(h.Name)
}

// shutdownPatience is how long a host may take to stop its services: as long as systemd gives one, and a little.
const shutdownPatience = 100 * time.Second

// PowerOff has the host stop its services and turn itself off.
func (h *Host) PowerOff(ctx context.Context) error {
	leader := h.leader.Load()
	if leader == 0 {
		return fmt.Errorf("power off %s: %w", h.Name, errOff)
	}
	const rtmin = 34 // glibc's SIGRTMIN; systemd(1) has what the numbers after it mean
	if err := syscall.Kill(int(leader), rtmin+4); err != nil {
		return fmt.Errorf("power off %s: %w", h.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, shutdownPatience)
	defer cancel()
	select {
	case <-h.ended:
		return h.Crash() // what is left of a host that is off
	case <-ctx.Done():
		return fmt.Errorf("power off %s: not within %v: %w", h.Name, shutdownPatience, ctx.Err())
	}
}

// Unplug takes the cable out: the host sees its link go down.
func (h *Host) Unplug() error { return sandbox.IP("", "link set "+h.port+" down") }

// Isolate cuts the network behind the next switch: the host's link stays up, and nothing passes.
func (h *Host) Isolate() error { return sandbox.IP("", "link set "+h.port+" nomaster") }

// Mend ends what Unplug and Isolate did.
func (h *Host) Mend() error {
	return sandbox.IP("", fmt.Sprintf("link set %s master %s up", h.port, Bridge))
}

// Stop stops a unit of systemd as an operator does, and returns when it has stopped.
func (h *Host) Stop(ctx context.Context, unit string) error {
	_, err := h.Run(ctx, "systemctl", "stop", unit)
	return err
}

// StartUnit starts a unit of systemd, and returns when it has started.
func (h *Host) StartUnit(ctx context.Context, unit string) error {
	_, err := h.Run(ctx, "systemctl", "start", unit)
	return err
}

// Signal sends a signal to every process of a program on the host, by the name of its file, in containers too. That there
// is none is an error.
func (h *Host) Signal(program string, signal syscall.Signal) error {
	pids, err := h.Processes(program)
	if err != nil {
		return fmt.Errorf("signal %s on %s: %w", program, h.Name, err)
	}
	if len(pids) == 0 {
		return fmt.Errorf("signal %s on %s: no such process", program, h.Name)
	}
	for _, pid := range pids {
		// One that ended with another before its turn came has what it was to get.
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("signal %s on %s: %w", program, h.Name, err)
		}
	}
	return nil
}

// Processes gives those of a program on the host, as the world sees them.
func (h *Host) Processes(program string) ([]int, error) {
	all, err := h.lab.cgroups.processes(h.Name)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(pid int) bool {
		executable, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		return err != nil || filepath.Base(strings.TrimSuffix(executable, " (deleted)")) != program
	}), nil
}
