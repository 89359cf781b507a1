package native

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
)

const (
	nginxConf     = "/etc/nginx/nginx.conf"
	sysctlFile    = "/etc/sysctl.d/99-kubernetes.conf"
	quadletFolder = "/etc/containers/systemd/"
)

var isNginx = below("/etc/nginx/")

// passwordLine is what nginx's auth_basic_user_file takes, with a password in clear.
var passwordLine = regexp.MustCompile(`^[^:#]+:\{PLAIN\}[^:]+$`)

// checkNginx makes every warning an error. nginx listens for the test, too, which takes the host's kernel parameters. Where
// the configuration is a container's, in whose image stream is built in, the module is loaded from outside.
func checkNginx(s *site, f *tree.File) error {
	if f.Path != nginxConf {
		for _, line := range rendered.Lines(f) {
			if !passwordLine.MatchString(line) {
				return fmt.Errorf("not a user and a password: %q", line)
			}
		}
		return nil
	}
	if err := setKernel(s); err != nil {
		return err
	}
	args := []string{"nginx", "-t"}
	if inContainer(s.host) {
		args = append(args, "-g", "load_module /usr/lib/nginx/modules/ngx_stream_module.so;")
	}
	output, err := s.run(args...)
	if err == nil && regexp.MustCompile(`\[(warn|alert)\]`).MatchString(output) {
		err = fmt.Errorf("nginx warns:\n%s", output)
	}
	return err
}

// setKernel sets the host's kernel parameters.
func setKernel(s *site) error {
	if sysctl := s.host.File(sysctlFile); sysctl != nil {
		return checkSysctl(s, sysctl)
	}
	return nil
}

// inContainer tells whether the host runs its nginx in a container.
func inContainer(h *rendered.Host) bool {
	return slices.ContainsFunc(h.Files, func(f tree.File) bool { return ofContainer(&f) })
}

// ofContainer tells whether the file starts a container on whose host nothing else runs nginx.
func ofContainer(f *tree.File) bool {
	return strings.HasPrefix(f.Path, quadletFolder) || path.Base(f.Path) == "khagen-balancer.service" ||
		f.Path == "/etc/kubernetes/manifests/nginx.yaml"
}

// checkQuadlet lets podman's generator make the unit, as systemd does, and verifies what it made. The generator exits with
// 0 when it leaves a unit out.
func checkQuadlet(s *site, f *tree.File) error {
	name := strings.TrimSuffix(path.Base(f.Path), ".container") + ".service"
	output, err := s.run("sh", "-c", generateUnits, toolFolder+"quadlet", name)
	if err == nil && strings.Contains(output, generated) {
		err = fmt.Errorf("systemd-analyze warns:\n%s", output)
	}
	return err
}

const (
	generated     = "/run/systemd/generator/"
	generateUnits = `rm -rf ` + generated + ` && mkdir -p ` + generated + ` && "$0" -no-kmsg-log ` + generated + ` && cd ` + generated + ` &&
		systemd-analyze verify --man=no --recursive-errors=no "` + generated + `$1" && ls "multi-user.target.wants/$1" >/dev/null`
)
