package main

import (
	"cmp"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// usage is what one run of a program took.
type usage struct {
	wall   time.Duration
	cpu    time.Duration // of the program and the kernel for it, on all cores
	memory int64         // peak resident set, bytes
}

// add adds what was run after it.
func (u *usage) add(other usage) {
	u.wall += other.wall
	u.cpu += other.cpu
	u.memory = max(u.memory, other.memory)
}

// execute runs a program in dir and measures it. The memory is never below that of this process: until it executes the
// program, a child shares its parent's.
func execute(dir, program string, args ...string) (usage, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	start := time.Now()
	out, err := cmd.CombinedOutput()
	u := usage{wall: time.Since(start)}
	if err != nil {
		return u, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	if len(out) > 0 { // a warning costs more than no warning
		return u, fmt.Errorf("%s has something to say:\n%s", cmd, out)
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	u.memory = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	return u, nil
}

// series is the same step, round after round.
type series []usage

func (s series) wall() time.Duration {
	return median(s, func(i int) time.Duration { return s[i].wall })
}

func (s series) cpu() time.Duration {
	return median(s, func(i int) time.Duration { return s[i].cpu })
}

// memory is the highest of all rounds.
func (s series) memory() int64 {
	return slices.MaxFunc(s, func(a, b usage) int { return cmp.Compare(a.memory, b.memory) }).memory
}

// against divides by another step, each round by itself: what disturbs the machine for a while disturbs both.
func (s series) against(other series) (wall, cpu float64) {
	wall = median(s, func(i int) float64 { return s[i].wall.Seconds() / other[i].wall.Seconds() })
	cpu = median(s, func(i int) float64 { return s[i].cpu.Seconds() / other[i].cpu.Seconds() })
	return wall, cpu
}

// median is the middle of what value gives for each of the rounds; the lower one of two.
func median[T cmp.Ordered](s series, value func(int) T) T {
	values := make([]T, len(s))
	for i := range s {
		values[i] = value(i)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
