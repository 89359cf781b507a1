package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
)

// Interface is a network interface of a host.
type Interface struct {
	Name      string
	Addresses []netip.Prefix
	Bridge    string // made by AddBridge; where empty, the other end of the cable is in the host itself
}

// AddBridge makes a bridge in the world's own network. It ends with the world, or by DeleteBridge.
func AddBridge(name string) error {
	return ip("link add name "+name+" type bridge", "link set "+name+" up")
}

// DeleteBridge takes a bridge away; the hosts on it are cut off.
func DeleteBridge(name string) error { return ip("link delete " + name) }

// connect makes the interfaces of a host and brings them up.
func (h *Host) connect(interfaces []Interface) error {
	outside, inside := []string{}, []string{"link set lo up"}
	for i, x := range interfaces {
		peer := h.peer(i)
		if x.Bridge == "" {
			inside = append(inside, fmt.Sprintf("link add name %s type veth peer name %s", x.Name, peer),
				"link set "+peer+" up")
		} else {
			outside = append(outside, fmt.Sprintf("link add name %s netns %d type veth peer name %s", x.Name, h.pid, peer),
				fmt.Sprintf("link set %s master %s up", peer, x.Bridge))
		}
		for _, address := range x.Addresses {
			// nodad: an IPv6 address can be used at once
			nodad := ""
			if address.Addr().Is6() {
				nodad = " nodad"
			}
			inside = append(inside, fmt.Sprintf("addr add %s dev %s%s", address, x.Name, nodad))
		}
		inside = append(inside, "link set "+x.Name+" up")
	}
	if err := ip(outside...); err != nil {
		return err
	}
	return h.Do(func() error { return ip(inside...) })
}

// peer names the other end of the cable of interface i.
func (h *Host) peer(i int) string { return fmt.Sprintf("v%d-%d", h.pid, i) }

// Unplug cuts the cable of interface i, counted as in Spec, at the bridge: nothing passes, and the host isn't told.
func (h *Host) Unplug(i int) error { return ip("link set " + h.peer(i) + " nomaster") }

// ip is IP in the network of the calling thread.
func ip(commands ...string) error { return IP("", commands...) }

// IP runs commands of ip(8) in a network by its name, or in that of the calling thread.
func IP(network string, commands ...string) error {
	if len(commands) == 0 {
		return nil
	}
	arguments := []string{"-batch", "-"}
	if network != "" {
		arguments = append([]string{"-netns", network}, arguments...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ip", arguments...)
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ip -batch: %w: %s", err, strings.TrimSpace(output.String()))
	}
	return nil
}
