package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/khagen/khagen/e2e/sandbox"
)

// makeBridge makes the bridge, with the test's own addresses on it.
func (l *Lab) makeBridge() error {
	if err := sandbox.AddBridge(Bridge); err != nil {
		return err
	}
	l.bridged = true
	var commands []string
	for _, a := range l.spec.Addresses {
		commands = append(commands, addAddress(a, Bridge))
	}
	return sandbox.IP("", commands...)
}

func (l *Lab) deleteBridge() error {
	if !l.bridged {
		return nil
	}
	l.bridged = false
	return sandbox.DeleteBridge(Bridge)
}

// connect gives the host a network that nothing of an earlier one is left in: no address that keepalived added, no rule,
// no link.
func (h *Host) connect() error {
	if err := sandbox.IP("", "netns add "+h.port); err != nil {
		return err
	}
	err := sandbox.IP("",
		fmt.Sprintf("link add name %s netns %s type veth peer name %s", h.interfaceName(), h.port, h.port),
		fmt.Sprintf("link set %s master %s up", h.port, Bridge))
	if err != nil {
		return err
	}
	inside := []string{"link set lo up", fmt.Sprintf("link set %s up", h.interfaceName())}
	for _, a := range h.spec.Addresses {
		inside = append(inside, addAddress(a, h.interfaceName()))
	}
	return sandbox.IP(h.port, append(inside, h.routes()...)...)
}

// routes lead to the test's address of each family that the host has.
func (h *Host) routes() []string {
	var commands []string
	routed := map[bool]bool{}
	for _, own := range h.spec.Addresses {
		for _, gateway := range h.lab.spec.Addresses {
			if is6 := own.Addr().Is6(); own.Contains(gateway.Addr()) && !routed[is6] {
				routed[is6] = true
				commands = append(commands, fmt.Sprintf("route add default via %s dev %s", gateway.Addr(), h.interfaceName()))
			}
		}
	}
	return commands
}

// disconnect takes the host's network away. Deleting the cable at once is what comes first: the kernel would go on to answer
// for a network that waits to be taken down, and would end connections in the name of processes that are gone.
func (h *Host) disconnect() error {
	if _, err := net.InterfaceByName(h.port); err == nil {
		if err := sandbox.IP("", "link delete "+h.port); err != nil {
			return err
		}
	}
	if _, err := os.Stat("/run/netns/" + h.port); err != nil {
		return nil
	}
	return sandbox.IP("", "netns delete "+h.port)
}

// addAddress is a command of ip(8). An IPv6 address can be used at once.
func addAddress(a netip.Prefix, device string) string {
	command := fmt.Sprintf("address add %s dev %s", a, device)
	if a.Addr().Is6() {
		command += " nodad"
	}
	return command
}
