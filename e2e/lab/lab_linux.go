package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
)

// Bridge is what all hosts of a lab are plugged into. Hosts of e2e/sandbox can be as well.
const Bridge = "lab"

// Spec describes a lab.
type Spec struct {
	// Addresses are the test's own on the bridge, one of each network and family that hosts are in. From there it reaches
	// the hosts, and hosts send there whatever they have no route for.
	Addresses []netip.Prefix
	Hosts     []HostSpec
	Names     map[string]netip.Addr // that all hosts know beside one another's, as a resolver would tell them
}

// Lab is a bridge with hosts. In a world there is one at a time.
type Lab struct {
	spec    Spec
	image   string
	dir     string // of its own, locked
	lock    *os.File
	cgroups *labCgroups
	bridged bool // the bridge is this lab's
	hosts   []*Host
}

// Start sweeps what killed runs left, then brings up a lab and boots its hosts, all at once. The caller closes it.
func Start(ctx context.Context, spec Spec) (*Lab, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	l := &Lab{spec: spec}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a lab: %w", err), l.Close())
	}
	return l, nil
}

func (l *Lab) start(ctx context.Context) (err error) {
	if l.image, err = ImagePath(); err != nil {
		return err
	}
	if err := l.claim(); err != nil {
		return err
	}
	if err := l.makeKeys(ctx); err != nil {
		return err
	}
	if err := l.makeBridge(); err != nil {
		return err
	}
	for i, spec := range l.spec.Hosts {
		h := &Host{Name: spec.Name, spec: spec, lab: l, dir: filepath.Join(l.dir, "hosts", spec.Name), port: fmt.Sprintf("%s-%d", Bridge, i)}
		l.hosts = append(l.hosts, h)
		if err := h.layOut(ctx); err != nil {
			return fmt.Errorf("lay out host %s: %w", h.Name, err)
		}
	}
	if err := l.knowHosts(); err != nil {
		return err
	}
	return l.each(func(h *Host) error { return h.Boot(ctx) })
}

// claim makes and locks what the world doesn't end: the lab's folder and its cgroups.
func (l *Lab) claim() error {
	labs, err := lockLabs()
	if err != nil {
		return err
	}
	defer labs.Close()
	if err := sweepAll(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if err := l.makeFolder(); err != nil {
		return err
	}
	l.cgroups, err = makeCgroups(filepath.Base(l.dir))
	return err
}

func (l *Lab) makeFolder() error {
	labs, err := labsFolder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(labs, 0o755); err != nil {
		return err
	}
	if l.dir, err = os.MkdirTemp(labs, ""); err != nil {
		return err
	}
	if err := os.Chmod(l.dir, 0o755); err != nil { // users of hosts have to pass
		return err
	}
	l.lock, err = Lock(l.dir, false)
	return err
}

// labsFolder has a folder for each lab that lives, and those of labs that were killed.
func labsFolder() (string, error) {
	folder, err := Cache()
	return filepath.Join(folder, "lab"), err
}

// Host gives a host by its name; it panics where there is none.
func (l *Lab) Host(name string) *Host {
	for _, h := range l.hosts {
		if h.Name == name {
			return h
		}
	}
	panic("the lab has no host " + name)
}

// Hosts are all, in the order of the spec.
func (l *Lab) Hosts() []*Host { return l.hosts }

// each calls f for all hosts at once, and joins what goes wrong.
func (l *Lab) each(f func(*Host) error) error {
	errs := make([]error, len(l.hosts))
	var running sync.WaitGroup
	for i, h := range l.hosts {
		running.Go(func() { errs[i] = f(h) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// Close takes the power off all hosts and leaves nothing of the lab.
func (l *Lab) Close() error {
	err := l.each((*Host).discard)
	err = errors.Join(err, l.cgroups.remove(), l.deleteBridge())
	if l.lock != nil {
		err = errors.Join(err, removeAll(l.dir))
		l.lock.Close()
	}
	return err
}
