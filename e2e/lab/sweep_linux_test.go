package lab

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// processState gives the letter that proc_pid_stat(5) explains, or "" for one that is gone.
func processState(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return after[:1]
}

const childVariable = "KHAGEN_LAB_CHILD"

// TestChild is the run that TestSweep kills: it says where its lab lies, and stays.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("it is a part of TestSweep")
	}
	l, err := Start(t.Context(), hosts())
	if err != nil {
		t.Fatal(err)
	}
	shell(t, l.Host("a"), "systemd-run sleep 600")
	fmt.Fprintln(os.Stderr, "lab:", l.dir)
	time.Sleep(10 * time.Minute)
}

// startChild starts a run of its own, in a world of its own, and gives its lab's folder once that is up.
func startChild(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "/proc/self/exe", "-test.run=^TestChild$")
	cmd.Env = append(withoutWorld(os.Environ()), childVariable+"=yes")
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(output)
	var said []string
	for lines.Scan() {
		if folder, is := strings.CutPrefix(lines.Text(), "lab: "); is {
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return cmd, folder
		}
		said = append(said, lines.Text())
	}
	t.Fatal("the child came to nothing: ", strings.Join(said, "\n"))
	return nil, ""
}

// withoutWorld leaves out what makes a process believe that it is in a world.
func withoutWorld(environment []string) []string {
	var rest []string
	for _, line := range environment {
		if !strings.HasPrefix(line, "KHAGEN_SANDBOX=") {
			rest = append(rest, line)
		}
	}
	return rest
}

// leftOf gives what is there of a lab: its folder, its cgroups, what is mounted, and the processes in namespaces other than
// this one's, which are those of the child's world and hosts.
func leftOf(t *testing.T, folder string) (files, groups, mounts, processes []string) {
	t.Helper()
	if _, err := os.Stat(folder); err == nil {
		files = append(files, folder)
	}
	parents, err := labParents()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parents {
		found, _ := filepath.Glob(filepath.Join(p.Own, cgroupPrefix+filepath.Base(folder)))
		groups = append(groups, found...)
	}
	own, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		pid, _ := strconv.Atoi(filepath.Base(process))
		if state := processState(t, pid); state == "Z" || state == "" {
			continue // of one that has ended nothing is left but how
		}
		if link, err := os.Readlink(filepath.Join(process, "ns/pid")); err == nil && link != own {
			command, _ := os.ReadFile(filepath.Join(process, "comm"))
			processes = append(processes, process+" "+strings.TrimSpace(string(command)))
		}
		table, _ := os.ReadFile(filepath.Join(process, "mountinfo"))
		for line := range strings.Lines(string(table)) {
			if strings.Contains(line, folder) {
				mounts = append(mounts, process+": "+line)
			}
		}
	}
	return files, groups, mounts, processes
}

func TestSweep(t *testing.T) {
	if known(t) {
		return
	}
	need(t)
	child, folder := startChild(t)
	files, groups, mounts, processes := leftOf(t, folder)
	if len(files) == 0 || len(groups) == 0 || len(mounts) == 0 || len(processes) < 10 {
		t.Fatalf("the child's lab is not seen: %d files, %d cgroups, %d mounts, %d processes", len(files), len(groups), len(mounts), len(processes))
	}
	// What lives is let be.
	if err := Sweep(); err != nil {
		t.Fatal(err)
	}
	if files, now, _, _ := leftOf(t, folder); len(files) == 0 || len(now) != len(groups) {
		t.Fatalf("a lab that lives was swept: %v %v", files, now)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	// It holds its locks until the kernel has ended it.
	began := time.Now()
	for files != nil && time.Since(began) < 10*time.Second {
		if err := Sweep(); err != nil {
			t.Fatal(err)
		}
		files, _, _, _ = leftOf(t, folder)
	}
	t.Logf("swept after %v", time.Since(began).Round(time.Millisecond))
	if files, groups, mounts, processes = leftOf(t, folder); len(files)+len(groups)+len(mounts)+len(processes) > 0 {
		t.Errorf("left are\nfiles %v\ncgroups %v\nmounts %v\nprocesses %v", files, groups, mounts, processes)
	}
}

func TestClose(t *testing.T) {
	if known(t) {
		return
	}
	l := start(t, hosts())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if files, groups, mounts, processes := leftOf(t, l.dir); len(files)+len(groups)+len(mounts)+len(processes) > 0 {
		t.Errorf("left are\nfiles %v\ncgroups %v\nmounts %v\nprocesses %v", files, groups, mounts, processes)
	}
	if found, _ := filepath.Glob("/run/netns/*"); len(found) > 0 {
		t.Errorf("left are the networks %v", found)
	}
	// The kernel takes a cable a moment after its network, those of tests before this one, too.
	var wires []net.Interface
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		all, err := net.Interfaces()
		if err != nil {
			t.Fatal(err)
		}
		if wires = slices.DeleteFunc(all, func(wire net.Interface) bool { return wire.Name == "lo" }); len(wires) == 0 {
			return
		}
	}
	t.Errorf("left are the interfaces %v", wires)
}
