package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// searchPath is PATH for the commands of a host.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

// patience is how long a host may take to come up, or the network to change, on a machine with much else to do.
const patience = time.Minute

// Spec describes a host.
type Spec struct {
	Name       string            // its host name
	Files      []File            // over the machine's /usr and a minimal /etc; a later one replaces an earlier one
	Binds      map[string]string // programs of the machine that aren't in its /usr: absolute path on the host → on the machine
	Own        []string          // folders below /usr that are the host's own: empty at first, and it can write there
	Interfaces []Interface       // lo is always there, and up
	Systemd    bool              // runs the machine's systemd, with no unit enabled; see CanBoot
}

// File is a file of a host.
type File struct {
	Path    string      // absolute
	Mode    fs.FileMode // permission bits; 0644 where 0
	Owner   string      // "user:group" by name; root where empty. Where the world has one user alone, all belongs to it
	Content []byte
}

// Host is a running host: a root file system and a network, with no process but systemd's, where the host has that, and
// those that its commands start.
type Host struct {
	Name    string
	pid     int
	holder  *exec.Cmd
	stdin   io.WriteCloser
	stage   string
	cgroups cgroupFolders // where it runs systemd
}

// Start brings up a host. The caller closes it.
func Start(spec Spec) (*Host, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	h, err := start(spec)
	if err != nil {
		return nil, fmt.Errorf("start host %s: %w", spec.Name, err)
	}
	if err := h.connect(spec.Interfaces); err != nil {
		h.Close()
		return nil, fmt.Errorf("connect host %s: %w", spec.Name, err)
	}
	if spec.Systemd {
		if err := h.boot(); err != nil {
			h.Close()
			return nil, fmt.Errorf("boot host %s: %w", spec.Name, err)
		}
	}
	return h, nil
}

func start(spec Spec) (*Host, error) {
	stage, err := os.MkdirTemp(hostDirectory, "")
	if err != nil {
		return nil, err
	}
	order := order{Spec: spec}
	if spec.Systemd {
		if order.Cgroups, err = newCgroups(); err != nil {
			return nil, err
		}
	}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{holderName, stage}, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		},
	}
	if spec.Systemd {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWPID
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	cmd.Stdout = answers
	err = cmd.Start()
	answers.Close()
	if err != nil {
		return nil, err
	}
	h := &Host{Name: spec.Name, pid: cmd.Process.Pid, holder: cmd, stdin: stdin, stage: stage, cgroups: order.Cgroups}
	// The holder answers when it has read the spec, so a failed write shows up as its answer.
	_ = json.NewEncoder(stdin).Encode(order)
	_ = stdout.SetReadDeadline(time.Now().Add(patience)) // pipes have deadlines
	answer, err := bufio.NewReader(stdout).ReadString('\n')
	if answer = strings.TrimSpace(answer); err == nil && answer != holderReady {
		err = errors.New(answer)
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("lay out its files: %w", err)
	}
	return h, nil
}

// Command prepares a program of the host to be run there: with the host's files, network and name, a small environment
// and / as its folder. The process is the program itself, so that it can be signalled, and leads a process group; where
// the host runs systemd, it is the program's parent.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	enter := []string{"--target=" + strconv.Itoa(h.pid), "--mount", "--net", "--ipc", "--uts"}
	if h.cgroups != nil {
		enter = append(enter, "--pid", "--cgroup")
	}
	cmd := exec.CommandContext(ctx, "nsenter", slices.Concat(enter, []string{"--", name}, args)...)
	cmd.Env = []string{"PATH=" + searchPath, "LANG=C.UTF-8", "HOME=/root"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// Write replaces the content of a file of the host, which keeps its mode and owner.
func (h *Host) Write(path string, content []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := h.Command(ctx, "tee", path)
	cmd.Stdin = bytes.NewReader(content)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("write %s of %s: %w", path, h.Name, err)
	}
	return nil
}

// PID is a process in the host's namespaces, which lives as long as the host; /proc/PID/root has its files.
func (h *Host) PID() int { return h.pid }

// Do calls f on a thread in the host's network namespace. What f opens stays there; goroutines that f starts do not.
func (h *Host) Do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", h.pid))
		if err != nil {
			done <- err
			return
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("enter the network of %s: %w", h.Name, err)
			return
		}
		done <- f()
	}()
	return <-done
}

// Listen is net.Listen for TCP at an IP address and port of the host.
func (h *Host) Listen(address string) (listener net.Listener, err error) {
	err = h.Do(func() error {
		listener, err = net.Listen("tcp", address)
		return err
	})
	return listener, err
}

// Dial connects from the host to an IP address and port by TCP.
func (h *Host) Dial(ctx context.Context, address string) (net.Conn, error) {
	return h.DialFrom(ctx, nil, address)
}

// DialFrom is Dial from a given address of the host; any where it is nil.
func (h *Host) DialFrom(ctx context.Context, from *net.TCPAddr, address string) (conn net.Conn, err error) {
	dialer := net.Dialer{}
	if from != nil {
		dialer.LocalAddr = from
	}
	err = h.Do(func() error {
		conn, err = dialer.DialContext(ctx, "tcp", address)
		return err
	})
	return conn, err
}

// Close ends every process of the host and drops its files and network.
func (h *Host) Close() error {
	h.killAll()
	h.stdin.Close()
	err := h.holder.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil // killed
	}
	return errors.Join(err, os.Remove(h.stage), h.cgroups.remove())
}

// killAll ends the processes in the host's mount namespace and returns when they are gone, or after a second. Only the
// world's own are in its /proc. The namespace stays open meanwhile: its number would be the next one's, of another host, as
// soon as the last process is gone.
func (h *Host) killAll() {
	namespace, err := os.Open(mountNamespace(h.pid))
	if err != nil {
		return
	}
	defer namespace.Close()
	own, err := os.Readlink(mountNamespace(h.pid))
	if err != nil {
		return
	}
	// A look at all processes costs more than their end takes, and they are many where systemd runs.
	pause := time.Millisecond
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(pause) {
		pause = min(2*pause, 20*time.Millisecond)
		members := 0
		processes, _ := filepath.Glob("/proc/[0-9]*")
		for _, process := range processes {
			pid, err := strconv.Atoi(filepath.Base(process))
			if err != nil {
				continue
			}
			if link, err := os.Readlink(mountNamespace(pid)); err == nil && link == own {
				members++
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may just have ended
			}
		}
		if members == 0 {
			return
		}
	}
}

func mountNamespace(pid int) string { return fmt.Sprintf("/proc/%d/ns/mnt", pid) }
