package units

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
)

// component is a program that a rendered unit starts.
type component struct {
	unit     string
	program  string
	accepted *regexp.Regexp // what it says once it has read its flags and files; it need not find any of the others
	ends     bool           // it can't run without what this machine lacks, says so, and ends
}

// components are all that clusters of binaries run. A rendered unit of another program of the manifest is an error.
var components = []component{
	{"etcd.service", "etcd", regexp.MustCompile(`"bootstrap successfully"`), false},
	{"kube-apiserver.service", "kube-apiserver", regexp.MustCompile(`Waiting for caches to sync" controller="node_authorizer"`), false},
	{"kube-controller-manager.service", "kube-controller-manager", regexp.MustCompile(`Serving securely on`), false},
	{"kube-scheduler.service", "kube-scheduler", regexp.MustCompile(`Serving securely on`), false},
	{"kubelet.service", "kubelet", regexp.MustCompile(`validate CRI v1 runtime API for endpoint .*/containerd\.sock`), true},
	{"kube-proxy.service", "kube-proxy", regexp.MustCompile(`"Waiting for caches to sync"`), false},
}

// ignored is what programs say of fields and flags that they don't take, or won't for long, and run all the same.
var ignored = regexp.MustCompile(`(?i).*(lenient decoding|unknown field|has been deprecated|unrecognized|unknown environment).*`)

// lastWords is what programs of Kubernetes say before they end. On a busy machine systemd hears of the end seconds later.
const lastWords = `"command failed"`

const (
	acceptance = 60 * time.Second // to say that it has read all, on a machine with much else to do
	settled    = 2 * time.Second  // from then on, to find out that it can't
)

// componentsOf gives those that a host has a rendered unit of.
func componentsOf(h *rendered.Host) []component {
	return slices.DeleteFunc(slices.Clone(components), func(c component) bool { return h.File("/etc/systemd/system/"+c.unit) == nil })
}

// Clusters of these tests' own: options sets what those of the repository leave alone, dual has both families of addresses.
const (
	options = "options"
	dual    = "dual"
)

// binaryClusters are those of the repository that run the components as units.
func binaryClusters(t *testing.T) []string {
	t.Helper()
	definitions, err := filepath.Glob(filepath.Join(filepath.Dir(overlay(t, "any")), "*", "cluster.*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, definition := range definitions {
		content, err := os.ReadFile(definition)
		if err != nil {
			t.Fatal(err)
		}
		if installsBinaries.Match(content) {
			names = append(names, filepath.Base(filepath.Dir(definition)))
		}
	}
	if len(names) == 0 {
		t.Fatal("the repository has no cluster of binaries")
	}
	return names
}

var installsBinaries = regexp.MustCompile(`install:\s*"?binaries`)

// TestUnitsStart has every host of every cluster of binaries start every component as its unit says, each host on its
// own: the program takes its flags and files, and doesn't end.
func TestUnitsStart(t *testing.T) {
	need(t, programs()...)
	t.Parallel()
	for _, cluster := range append(binaryClusters(t), options, dual) {
		f := render(t, cluster)
		for _, h := range f.Hosts {
			refuseStrangers(t, h)
			mine := componentsOf(h)
			if len(mine) == 0 {
				continue
			}
			t.Run(h.String(), func(t *testing.T) {
				t.Parallel()
				if f.known(t, h) {
					return
				}
				s := f.boot(t, h.Name, "")
				for _, c := range mine {
					s.start(t, c)
					if err := s.judge(c); err != nil {
						t.Error(err)
					}
					s.forget(t, c) // the others would wait for answers of an API server that waits for etcd
				}
			})
		}
	}
}

// refuseStrangers finds rendered units that start a program of the manifest which no component is.
func refuseStrangers(t *testing.T, h *rendered.Host) {
	t.Helper()
	for i := range h.Files {
		f := &h.Files[i]
		if path.Ext(f.Path) != ".service" {
			continue
		}
		for _, p := range h.Programs {
			if strings.Contains(string(f.Content), "\nExecStart="+p.Path+" ") &&
				!slices.ContainsFunc(components, func(c component) bool { return c.unit == path.Base(f.Path) }) {
				t.Errorf("%v: no component has %s", h, f.Path)
			}
		}
	}
}

func programs() []string {
	var names []string
	for _, c := range components {
		names = append(names, c.program)
	}
	return names
}

func (s *site) start(t *testing.T, c component) {
	t.Helper()
	s.shell(t, "systemctl daemon-reload; systemctl start --no-block "+c.unit)
}

// judge waits until a component that was started has accepted its flags and files, and gives what it said where it has
// not.
func (s *site) judge(c component) error {
	var since time.Time // of its acceptance
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		state, said, err := s.ask(c)
		switch {
		case err != nil:
			return err
		case ignored.MatchString(said):
			return fmt.Errorf("%s of %s ignores something: %s", c.unit, s.Name, ignored.FindString(said))
		case state["NRestarts"] != "0" || state["ActiveState"] == "failed" || strings.Contains(said, lastWords):
			return s.judgeEnd(c, state)
		case !since.IsZero() && time.Since(since) > settled:
			return nil
		case since.IsZero() && c.accepted.MatchString(said):
			since = time.Now()
		case since.IsZero() && time.Since(began) > acceptance:
			return fmt.Errorf("%s of %s does not say %q within %v:\n%s", c.unit, s.Name, c.accepted, acceptance, said)
		}
	}
}

// judgeEnd looks at the last words of a component that has ended, or is about to.
func (s *site) judgeEnd(c component, state map[string]string) error {
	if _, err := s.try("journalctl --sync"); err != nil {
		return err
	}
	_, said, err := s.ask(c)
	switch {
	case err != nil:
		return err
	case c.ends && c.accepted.MatchString(said) && !ignored.MatchString(said):
		return nil
	}
	return fmt.Errorf("%s of %s does not run: %s, %s\n%s", c.unit, s.Name, state["ActiveState"], state["Result"], said)
}

// ask gives the state of a component and what it has said since the host came up, or since forget.
func (s *site) ask(c component) (state map[string]string, said string, err error) {
	output, err := s.try("systemctl show --property=ActiveState,SubState,NRestarts,Result " + c.unit +
		"; echo; journalctl --no-pager --output=cat --since=@$(cat /run/since 2>/dev/null || echo 0) --unit=" + c.unit)
	if err != nil {
		return nil, "", err
	}
	properties, said, _ := strings.Cut(output, "\n\n")
	state = map[string]string{}
	for line := range strings.Lines(properties) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		state[name] = value
	}
	if state["SubState"] == "auto-restart" {
		state["ActiveState"] = "failed"
	}
	return state, said, nil
}
