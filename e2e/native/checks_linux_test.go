package native

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// check is one way to ask whether a file is right.
type check struct {
	name    string
	needs   []program
	applies func(f *tree.File) bool
	run     func(s *site, f *tree.File) error
}

var (
	haproxy      = program{name: "haproxy", apt: "haproxy"}
	keepalived   = program{name: "keepalived", apt: "keepalived"}
	systemd      = program{name: "systemd-analyze", apt: "systemd"}
	sysctl       = program{name: "systemd-sysctl", apt: "systemd"}
	shellcheck   = program{name: "shellcheck", apt: "shellcheck"}
	python       = program{name: "python3", apt: "python3"}
	kubeadm      = program{name: "kubeadm", built: "e2e/.cache/bin/k8s-1.36/kubeadm"}
	strictdecode = program{name: "strictdecode", built: "e2e/.cache/bin/k8s-1.36/strictdecode"}
)

// checks are all checks. A file that none applies to is an error, unless unchecked has it.
var checks = []check{
	{"haproxy", []program{haproxy}, isHAProxy, checkHAProxy},
	{"keepalived", []program{keepalived}, inFolder("/etc/keepalived", ".conf"), func(s *site, _ *tree.File) error {
		_, err := s.run("keepalived", "--config-test", "--log-console", "--use-file", "/etc/keepalived/keepalived.conf")
		return err
	}},
	{"systemd-analyze", []program{systemd}, isUnit, checkUnit},
	{"shellcheck", []program{shellcheck}, isScript, func(s *site, f *tree.File) error {
		_, err := s.run("shellcheck", pathOf(f))
		return err
	}},
	{"kubeadm", []program{kubeadm}, contains(`(?m)^apiVersion: kubeadm\.k8s\.io/`), func(s *site, f *tree.File) error {
		_, err := s.run(toolFolder+"kubeadm", "config", "validate", "--config", pathOf(f))
		return err
	}},
	{"strictdecode", []program{strictdecode}, isObject, func(s *site, f *tree.File) error {
		_, err := s.run(toolFolder+"strictdecode", pathOf(f))
		return err
	}},
	{"systemd-sysctl", []program{sysctl}, below("/etc/sysctl.d/"), checkSysctl},
	{"toml", []program{python}, suffix(".toml"), func(s *site, f *tree.File) error {
		_, err := s.run("/usr/bin/python3", "-c", "import sys, tomllib; tomllib.load(open(sys.argv[1], 'rb'))", pathOf(f))
		return err
	}},
	{"hosts", nil, at("/etc/hosts"), checkHosts},
	{"modules-load", nil, below("/etc/modules-load.d/"), checkModules},
	{"environment", nil, isEnvironment, checkEnvironment},
	{"yaml", nil, isPlainYAML, checkYAML},
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

func isUnit(f *tree.File) bool { return strings.HasPrefix(f.Path, unitFolder) }

var (
	shebang = contains(`\A#!\s*/\S*\b(sh|bash|dash)\b`)
	typed   = contains(`(?m)^apiVersion: `)
)

func isScript(f *tree.File) bool {
	return shebang(f) || strings.HasSuffix(f.Path, ".sh") || f.Mode&0o111 != 0
}

func isYAML(f *tree.File) bool { return slices.Contains([]string{".yaml", ".yml"}, path.Ext(f.Path)) }

// isObject tells whether Kubernetes programs read the file as typed objects.
func isObject(f *tree.File) bool { return f.Kind == tree.KindObject || isYAML(f) && typed(f) }

func isPlainYAML(f *tree.File) bool { return isYAML(f) && !isObject(f) }

func isEnvironment(f *tree.File) bool {
	return strings.HasPrefix(f.Path, "/etc/default/") || strings.HasPrefix(f.Path, "/etc/sysconfig/") ||
		path.Ext(f.Path) == ".env"
}

var isHAProxy = inFolder("/etc/haproxy", ".cfg")

// checkHAProxy makes every warning an error. haproxy reads all files together, those that hold a secret too, and can
// name variables that its unit brings.
func checkHAProxy(s *site, _ *tree.File) error {
	args := []string{"haproxy", "-dW", "-c"}
	for i := range s.host.Files {
		if f := &s.host.Files[i]; isHAProxy(f) {
			args = append(args, "-f", f.Path)
		}
	}
	_, err := s.runWith(s.host.UnitEnvironment("haproxy.service"), args...)
	return err
}

// checkUnit verifies a unit, or the unit that a drop-in belongs to, with all that is rendered for it.
func checkUnit(s *site, f *tree.File) error {
	unit, _, isDropIn := strings.Cut(strings.TrimPrefix(f.Path, unitFolder), "/")
	if isDropIn {
		unit = strings.TrimSuffix(unit, ".d")
	}
	output, err := s.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
	if err == nil && strings.Contains(output, f.Path) {
		err = fmt.Errorf("systemd-analyze warns:\n%s", output)
	}
	return err
}
