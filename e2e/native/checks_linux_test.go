package native

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/accepted"
	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

// check is one way to ask whether files are right.
type check struct {
	name    string
	needs   []program
	applies func(f *tree.File) bool
	run     func(s *site, files []*tree.File) error // all files of a host that it applies to; the error names the bad ones
	beside  func(f *tree.File) bool                 // what else the program reads or looks for; nil: nothing
}

var (
	haproxy      = program{name: "haproxy", apt: "haproxy"}
	nginx        = program{name: "nginx", apt: "nginx libnginx-mod-stream"}
	quadlet      = program{name: "quadlet", built: "e2e/.cache/bin/podman-4.9/quadlet"}
	keepalived   = program{name: "keepalived", apt: "keepalived"}
	systemd      = program{name: "systemd-analyze", apt: "systemd"}
	sysctl       = program{name: "systemd-sysctl", apt: "systemd"}
	sysusers     = program{name: "systemd-sysusers", apt: "systemd"}
	shellcheck   = program{name: "shellcheck", apt: "shellcheck"}
	python       = program{name: "python3", apt: "python3"}
	strictdecode = program{name: "strictdecode", built: "e2e/.cache/bin/k8s-1.36/strictdecode"}
)

// checks are all checks. A file that none applies to is an error, unless unchecked has it.
var checks = []check{
	{"haproxy", []program{haproxy}, isHAProxy, checkHAProxy, anyOf(below("/etc/haproxy/"), below(unitFolder), isEnvironment, at("/etc/hosts"))},
	{"nginx", []program{nginx, sysctl}, isNginx, each(checkNginx), anyOf(at(sysctlFile), at(keepalivedConf), ofContainer, at("/etc/hosts"))},
	{"quadlet", []program{systemd, quadlet}, below(quadletFolder), each(checkQuadlet), below(unitFolder)},
	{"container", []program{haproxy, keepalived, nginx, sysctl}, startsContainer, each(checkContainer), anyOf(below("/etc/haproxy/"), below("/etc/keepalived/"), isNginx, at(sysctlFile), at("/etc/hosts"))},
	{"keepalived", []program{keepalived}, inFolder("/etc/keepalived", ".conf"), func(s *site, _ []*tree.File) error {
		_, err := s.run("keepalived", "--config-test", "--log-console", "--use-file", keepalivedConf)
		return err
	}, below("/etc/keepalived/")},
	{"systemd-analyze", []program{systemd}, below(unitFolder), each(checkUnit), anyOf(isScript, below(quadletFolder))},
	{"shellcheck", []program{shellcheck}, isScript, together("shellcheck"), nil},
	{"kubeadm", kubeadms, contains(`(?m)^apiVersion: kubeadm\.k8s\.io/`), each(checkKubeadm), nil},
	{"kubeadm-init", kubeadms, isInit, each(checkInit), below("/etc/kubernetes/patches/")},
	{"strictdecode", []program{strictdecode}, isObject, together(toolFolder + "strictdecode"), nil},
	{"systemd-sysctl", []program{sysctl}, below("/etc/sysctl.d/"), each(checkSysctl), nil},
	{"systemd-sysusers", []program{sysusers}, below("/etc/sysusers.d/"), together("systemd-sysusers", "--dry-run"), nil},
	{"toml", []program{python}, isTOML, together("/usr/bin/python3", "-c", parseTOML), nil},
	{"json", []program{python}, suffix(".json"), together("/usr/bin/python3", "-c", parseJSON), nil},
	{"certificate", nil, suffix(".crt"), each(checkCertificate), nil},
	{"hosts", nil, at("/etc/hosts"), each(checkHosts), at(keepalivedConf)},
	{"modules-load", nil, below("/etc/modules-load.d/"), each(checkModules), nil},
	{"environment", nil, isEnvironment, each(checkEnvironment), nil},
	{"yaml", nil, isPlainYAML, each(checkYAML), nil},
}

const parseJSON = "import sys, json; [json.load(open(name)) for name in sys.argv[1:]]"

const parseTOML = "import sys, tomllib; [tomllib.load(open(name, 'rb')) for name in sys.argv[1:]]"

// each asks about one file after the other.
func each(run func(s *site, f *tree.File) error) func(*site, []*tree.File) error {
	return func(s *site, files []*tree.File) error {
		var errs []error
		for _, f := range files {
			if err := run(s, f); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", f.TreePath(), err))
			}
		}
		return errors.Join(errs...)
	}
}

// together asks a program about all files at once.
func together(command ...string) func(*site, []*tree.File) error {
	return func(s *site, files []*tree.File) error {
		args := slices.Clone(command)
		for _, f := range files {
			args = append(args, pathOf(f))
		}
		_, err := s.run(args...)
		return err
	}
}

// of gives the files of a host that the check applies to.
func (c check) of(h *rendered.Host) []*tree.File {
	var files []*tree.File
	for i := range h.Files {
		if c.applies(&h.Files[i]) {
			files = append(files, &h.Files[i])
		}
	}
	return files
}

// reads gives the files of a host that a verdict depends on: those that the check is about, what its program reads beside, and what one
// of them names, itself or its folder.
func (c check) reads(h *rendered.Host) []*tree.File {
	var files []*tree.File
	for i := range h.Files {
		if f := &h.Files[i]; c.applies(f) || c.beside != nil && c.beside(f) {
			files = append(files, f)
		}
	}
	for i := 0; i < len(files); i++ {
		for j := range h.Files {
			if f := &h.Files[j]; !slices.Contains(files, f) && (names(files[i], f.Path) || names(files[i], path.Dir(f.Path))) {
				files = append(files, f)
			}
		}
	}
	return files
}

// names tells whether a file's content has a path as such, not only as the beginning of another.
func names(f *tree.File, path string) bool {
	rest := f.Content
	for {
		_, after, found := bytes.Cut(rest, []byte(path))
		if !found {
			return false
		}
		if end := bytes.TrimPrefix(after, []byte("/")); len(end) == 0 || !pathCharacter(end[0]) {
			return true
		}
		rest = after
	}
}

func pathCharacter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || bytes.IndexByte([]byte("-_./@+"), c) >= 0
}

// keepalivedConf tells the interfaces of a host, too.
const keepalivedConf = "/etc/keepalived/keepalived.conf"

func anyOf(applies ...func(*tree.File) bool) func(*tree.File) bool {
	return func(f *tree.File) bool {
		return slices.ContainsFunc(applies, func(one func(*tree.File) bool) bool { return one(f) })
	}
}

// built tells the programs that a check needs and no package has from others.
func (c check) built(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, p := range c.needs {
		if p.built == "" {
			continue
		}
		path, err := p.find(repository(t))
		if err != nil {
			continue // need says so
		}
		state, err := accepted.Program(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, state)
	}
	return all
}

// unchecked are the files of hosts for which there is no program to ask here, each with the reason.
var unchecked = map[string]string{
	"/etc/chrony/chrony.conf": "chronyd is not among the packages of the tests",
	"/etc/chrony.conf":        "the same",
}

func at(path string) func(*tree.File) bool {
	return func(f *tree.File) bool { return f.Path == path }
}

func inFolder(folder, suffix string) func(*tree.File) bool {
	return func(f *tree.File) bool { return path.Dir(f.Path) == folder && strings.HasSuffix(f.Path, suffix) }
}

func below(folder string) func(*tree.File) bool {
	return func(f *tree.File) bool { return strings.HasPrefix(f.Path, folder) }
}

func suffix(s string) func(*tree.File) bool {
	return func(f *tree.File) bool { return strings.HasSuffix(f.Path, s) }
}

func contains(pattern string) func(*tree.File) bool {
	expression := regexp.MustCompile(pattern)
	return func(f *tree.File) bool { return expression.Match(f.Content) }
}

const unitFolder = "/etc/systemd/system/"

var (
	shebang = contains(`\A#!\s*/\S*\b(sh|bash|dash)\b`)
	typed   = contains(`(?m)^apiVersion: `)
)

func isScript(f *tree.File) bool {
	return shebang(f) || strings.HasSuffix(f.Path, ".sh") || f.Mode&0o111 != 0
}

func isYAML(f *tree.File) bool {
	return slices.Contains([]string{".yaml", ".yml", ".kubeconfig"}, path.Ext(f.Path))
}

// isObject tells whether Kubernetes programs read the file as typed objects.
func isObject(f *tree.File) bool { return f.Kind == tree.KindObject || isYAML(f) && typed(f) }

// isTOML tells whether the file is TOML, as CRI-O's are under other names.
func isTOML(f *tree.File) bool {
	return path.Ext(f.Path) == ".toml" || strings.HasPrefix(f.Path, "/etc/crio/") ||
		strings.HasPrefix(f.Path, "/etc/containers/registries.conf.d/")
}

func isPlainYAML(f *tree.File) bool { return isYAML(f) && !isObject(f) }

func isEnvironment(f *tree.File) bool {
	return strings.HasPrefix(f.Path, "/etc/default/") || strings.HasPrefix(f.Path, "/etc/sysconfig/") ||
		path.Ext(f.Path) == ".env" || flagsOfUnit(f)
}

// flagsOfUnit tells whether the file sets the flags of a unit of khagen's.
var flagsOfUnit = contains(`(?m)^[A-Z_]+_(OPTS|ARGS)="`)

var isHAProxy = inFolder("/etc/haproxy", ".cfg")

// checkHAProxy makes every warning an error. haproxy reads all files together, those that hold a secret too, and can
// name variables that its unit brings.
func checkHAProxy(s *site, files []*tree.File) error {
	args := []string{"haproxy", "-dW", "-c"}
	for _, f := range files {
		args = append(args, "-f", f.Path)
	}
	_, err := s.runWith(s.host.UnitEnvironment("haproxy.service"), args...)
	return err
}

// standIn makes a unit to which a drop-in can belong: one that podman makes of a quadlet, which has a check of its own.
const standIn = `mkdir -p /run/systemd/system && printf '[Service]\nExecStart=/bin/true\n' >"/run/systemd/system/$0"`

// checkUnit verifies a unit, or the unit that a drop-in belongs to, with all that is rendered for it.
func checkUnit(s *site, f *tree.File) error {
	unit, _, isDropIn := strings.Cut(strings.TrimPrefix(f.Path, unitFolder), "/")
	if isDropIn {
		unit = strings.TrimSuffix(unit, ".d")
		if s.host.File(quadletFolder+strings.TrimSuffix(unit, ".service")+".container") != nil {
			if _, err := s.run("sh", "-c", standIn, unit); err != nil {
				return err
			}
		}
	}
	output, err := s.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
	if err == nil && strings.Contains(output, f.Path) {
		err = fmt.Errorf("systemd-analyze warns:\n%s", output)
	}
	return err
}
