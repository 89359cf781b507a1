package native

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/tree"
)

// site is a host as it is once its files are delivered, in a sandbox.
type site struct {
	host    *rendered.Host
	sandbox *sandbox.Host
}

// newSite starts a host with its files, with what packages and kubeadm put there, and with tools of this machine, by
// their path on the host.
func newSite(t *testing.T, h *rendered.Host, wires []sandbox.Interface, tools map[string]string) *site {
	t.Helper()
	files := append(packageStubs(), clusterStubs(t)...)
	for _, p := range h.Programs {
		files = append(files, sandbox.File{Path: p.Path, Mode: 0o755, Content: []byte("#!/bin/sh\n")})
	}
	for i := range h.Files {
		f := &h.Files[i]
		if f.Kind == tree.KindManifest || h.Name == "" {
			continue
		}
		files = append(files, sandbox.File{Path: f.Path, Mode: f.Mode, Owner: f.Owner, Content: contentOf(f)})
	}
	name, _, _ := strings.Cut(h.Name, ".")
	box, err := sandbox.Start(sandbox.Spec{
		Name: name, Files: append(files, clusterFiles(h)...), Binds: tools, Interfaces: wires,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return &site{h, box}
}

// contentOf is what a host has where a file is delivered.
func contentOf(f *tree.File) []byte {
	content := rendered.Delivered(f)
	if f.Kind == tree.KindBlock {
		content = append([]byte("127.0.0.1 localhost\n"), content...)
	}
	return content
}

// with has a host's changed version of a file in its place until the test ends. What checks leave behind stays: network settings,
// logs, kubeadm's manifests.
func (s *site) with(t *testing.T, changed *rendered.Host, path string) *site {
	t.Helper()
	put := func(f *tree.File) {
		t.Helper()
		if err := s.sandbox.Write(pathOf(f), contentOf(f)); err != nil {
			t.Fatal(err)
		}
	}
	put(changed.File(path))
	t.Cleanup(func() { put(s.host.File(path)) })
	return &site{changed, s.sandbox}
}

// clusterFiles puts the files of the whole cluster into a folder, for the checks alone.
func clusterFiles(h *rendered.Host) []sandbox.File {
	var files []sandbox.File
	if h.Name == "" {
		for _, f := range h.Files {
			files = append(files, sandbox.File{Path: pathOf(&f), Mode: f.Mode, Content: f.Content})
		}
	}
	return files
}

// pathOf is where a file lies in the sandbox.
func pathOf(f *tree.File) string {
	if f.Host == "" {
		return "/cluster/" + f.Path
	}
	return f.Path
}

var (
	vrrpInterface = regexp.MustCompile(`(?m)^\s*interface\s+(\S+)`)
	vrrpAddress   = regexp.MustCompile(`(?m)^\s*(?:unicast_src_ip|mcast_src_ip)\s+(\S+)`)
)

// interfaces are those that the rendered keepalived.conf names, each with the address that it names with it. Other hosts
// get one too: without, no name resolves (AI_ADDRCONFIG).
func interfaces(h *rendered.Host) []sandbox.Interface {
	config := h.File(keepalivedConf)
	if config == nil {
		return []sandbox.Interface{{Name: "eth0", Addresses: []netip.Prefix{
			netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("2001:db8::1/64"),
		}}}
	}
	var list []sandbox.Interface
	byName := map[string]int{}
	for _, block := range bytes.Split(config.Content, []byte("vrrp_instance"))[1:] {
		name := vrrpInterface.FindSubmatch(block)
		if name == nil {
			continue
		}
		i, known := byName[string(name[1])]
		if !known {
			i = len(list)
			byName[string(name[1])] = i
			list = append(list, sandbox.Interface{Name: string(name[1])})
		}
		if address := vrrpAddress.FindSubmatch(block); address != nil {
			if ip, err := netip.ParseAddr(string(address[1])); err == nil {
				list[i].Addresses = append(list[i].Addresses, netip.PrefixFrom(ip, ip.BitLen()/4*3))
			}
		}
	}
	return list
}

// run runs a program on the host. Its error has what the program printed.
func (s *site) run(args ...string) (output string, err error) {
	return s.runWith(nil, args...)
}

func (s *site) runWith(environment []string, args ...string) (output string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := s.sandbox.Command(ctx, args[0], args[1:]...)
	cmd.Env = append(cmd.Env, environment...)
	combined, err := cmd.CombinedOutput()
	output = strings.TrimSpace(string(combined))
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return output, err
}

// program is one that a check needs, and how to get it.
type program struct {
	name  string
	apt   string // the Debian package that has it, or
	built string // a pattern below the repository, of a program that `make tools` builds
}

// toolFolder is where a sandbox has the programs that were built.
const toolFolder = "/opt/khagen/"

// find gives the program's path on this machine.
func (p program) find(repository string) (string, error) {
	if p.built != "" {
		found, err := filepath.Glob(filepath.Join(repository, p.built))
		if err != nil || len(found) == 0 {
			return "", fmt.Errorf("%s is not built: run make tools", p.name)
		}
		return found[len(found)-1], nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/usr/lib/systemd"} {
		path := filepath.Join(dir, p.name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed: apt-get install %s: %w", p.name, p.apt, exec.ErrNotFound)
}
