package native

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// moduleSettings are the parts of /proc/sys that exist only once a module is loaded.
var moduleSettings = regexp.MustCompile(`'net/(bridge|netfilter)/`)

// checkSysctl applies the file. The kernel's settings are out of the sandbox's reach, but those that don't exist show.
func checkSysctl(s *site, f *tree.File) error {
	output, err := s.runWith([]string{"SYSTEMD_LOG_LEVEL=debug"}, "/usr/lib/systemd/systemd-sysctl", f.Path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(output) {
		if strings.Contains(line, "No such file or directory") && !moduleSettings.MatchString(line) {
			return errors.New(strings.TrimSpace(line))
		}
	}
	return nil
}

// checkHosts looks every name of the block up, with nothing but /etc/hosts to answer. Of a name's addresses the first has to
// come first: programs try the others when that one refuses.
func checkHosts(s *site, f *tree.File) error {
	known := map[string]bool{}
	for _, line := range rendered.Lines(f) {
		fields := strings.Fields(line)
		address, err := netip.ParseAddr(fields[0])
		if err != nil || len(fields) < 2 {
			return fmt.Errorf("not an address and names: %q", line)
		}
		database := "ahostsv4"
		if address.Is6() {
			database = "ahostsv6"
		}
		for _, name := range fields[1:] {
			output, err := s.run("getent", database, name)
			if err != nil {
				return err
			}
			first, _, _ := strings.Cut(output, " ")
			if first != address.String() && (!known[name] || !strings.Contains("\n"+output, "\n"+address.String()+" ")) {
				return fmt.Errorf("%s resolves to %s, not to %s", name, first, address)
			}
			known[name] = true
		}
	}
	return nil
}

var moduleName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// checkModules holds what modules-load.d(5) says: one name a line, nothing else.
func checkModules(_ *site, f *tree.File) error {
	for _, line := range rendered.Lines(f) {
		if !moduleName.MatchString(line) {
			return fmt.Errorf("not the name of a module: %q", line)
		}
	}
	return nil
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// checkEnvironment holds what systemd.exec(5) says of an EnvironmentFile. systemd itself skips a bad line.
func checkEnvironment(_ *site, f *tree.File) error {
	for _, line := range rendered.Assignments(f) {
		if !assignment.MatchString(line) {
			return fmt.Errorf("not an assignment: %q", line)
		}
		if quotes := strings.Count(line, `"`); quotes%2 != 0 {
			return fmt.Errorf("a quote is open: %q", line)
		}
	}
	return nil
}

// checkCertificate reads a CA that the definition brings, as programs do: certificates alone, at least one.
func checkCertificate(_ *site, f *tree.File) error {
	rest, count := bytes.TrimSpace(f.Content), 0
	for len(rest) > 0 {
		block, after := pem.Decode(rest)
		if block == nil {
			return errors.New("not PEM")
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return err
		}
		rest, count = bytes.TrimSpace(after), count+1
	}
	if count == 0 {
		return errors.New("no certificate")
	}
	return nil
}

func checkYAML(_ *site, f *tree.File) error {
	decoder := yaml.NewDecoder(bytes.NewReader(f.Content))
	for {
		var document any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
