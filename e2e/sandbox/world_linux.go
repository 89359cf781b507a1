package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// stateVariable carries how the world came out to the process that runs the tests: stateInside, or why there is none.
const (
	stateVariable = "KHAGEN_SANDBOX"
	stateInside   = "inside"
)

const (
	runDirectory  = "/run" // hidden by a tmpfs in the world
	hostDirectory = runDirectory + "/hosts"
	tempDirectory = runDirectory + "/tmp"
)

const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// Run runs tests, usually (*testing.M).Run, in a new world and returns the exit code. It belongs into TestMain, before
// anything is started. Where the machine allows no world, the tests run outside and Available says why.
func Run(tests func() int) int { return run(tests, asAnyone) }

// RunAsRoot is Run in a world without a user namespace: who is root in there is root, and may do what the kernel allows to
// no other, such as making devices. It is for hosts that have to be like machines in all, and shows the same care: the
// world's end is theirs.
func RunAsRoot(tests func() int) int {
	return run(tests, func() (*syscall.SysProcAttr, error) {
		if os.Geteuid() != 0 {
			return nil, errors.New("not root")
		}
		return &syscall.SysProcAttr{}, nil
	})
}

func run(tests func() int, attributes func() (*syscall.SysProcAttr, error)) int {
	if os.Args[0] == holderName {
		return hold(os.Stdin, os.Stdout)
	}
	if os.Getenv(stateVariable) == stateInside {
		if err := furnish(); err != nil {
			os.Setenv(stateVariable, err.Error())
		}
		return tests()
	}
	code, err := enter(attributes)
	if err != nil {
		os.Setenv(stateVariable, err.Error())
		return tests()
	}
	return code
}

// Available tells whether hosts can be started, and if not, why.
func Available() error {
	switch state := os.Getenv(stateVariable); state {
	case stateInside:
		return nil
	case "":
		return errors.New("sandbox.Run was not called")
	default:
		return errors.New(state)
	}
}

// asAnyone makes whoever this process belongs to root of a user namespace.
func asAnyone() (*syscall.SysProcAttr, error) {
	uids, err := idMappings("/proc/self/uid_map", os.Getuid())
	if err != nil {
		return nil, err
	}
	gids, err := idMappings("/proc/self/gid_map", os.Getgid())
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER, UidMappings: uids, GidMappings: gids, GidMappingsEnableSetgroups: os.Getuid() == 0,
	}, nil
}

// enter starts this program again in new namespaces and waits for its end.
func enter(attributes func() (*syscall.SysProcAttr, error)) (int, error) {
	// Pdeathsig is sent when the thread that started the child ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	attr, err := attributes()
	if err != nil {
		return 0, err
	}
	attr.Cloneflags |= namespaces
	attr.Pdeathsig = syscall.SIGKILL
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args, Env: append(os.Environ(), stateVariable+"="+stateInside),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: attr,
	}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start in new namespaces: %w", err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // it may have ended
		}
	}()
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	fmt.Fprintln(os.Stderr, "the process that ran the tests ended:", cmd.ProcessState)
	return 1, nil
}

// idMappings maps root to itself with every id that it has, so that daemons can change their user; another user becomes
// root, alone.
func idMappings(file string, id int) ([]syscall.SysProcIDMap, error) {
	if os.Getuid() != 0 {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var mappings []syscall.SysProcIDMap
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var inside, outside, size int
		if _, err := fmt.Sscan(lines.Text(), &inside, &outside, &size); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		mappings = append(mappings, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: size})
	}
	return mappings, nil
}

// furnish makes the new namespaces usable: mounts are private, /proc shows the world's processes, temporary files live
// in memory, lo is up.
func furnish() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Mount("tmpfs", runDirectory, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs on %s: %w", runDirectory, err)
	}
	for _, dir := range []string{hostDirectory, tempDirectory} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.Setenv("TMPDIR", tempDirectory); err != nil {
		return err
	}
	if err := os.Unsetenv("GOTMPDIR"); err != nil { // t.TempDir goes by it first
		return err
	}
	return ip("link set lo up")
}

// HasUsers tells whether the hosts have other users than root, so that daemons can change to them. Those of an ordinary
// user have not: every name stands for that user, and setgroups(2) is refused.
func HasUsers() bool {
	data, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	var inside, outside, size int
	_, err = fmt.Sscan(string(data), &inside, &outside, &size)
	return err == nil && size > 1
}
