package native

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

// judge is a kubeadm that was built, and the versions whose configuration it is asked about.
type judge struct {
	program
	newest int    // minor version of Kubernetes: its own
	oldest string // that it installs; those before it are judged as if they were this one
}

// judges are in the order of their versions. 1.31 to 1.34 have the configuration of 1.36, and 1.28 that of 1.30, but both
// kubeadms refuse to install them.
var judges = []judge{
	{program{name: "kubeadm-1.30", built: "e2e/.cache/bin/k8s-1.30/kubeadm"}, 30, "1.29.0"},
	{program{name: "kubeadm-1.36", built: "e2e/.cache/bin/k8s-1.36/kubeadm"}, 36, "1.35.0"},
	{program{name: "kubeadm-1.37", built: "e2e/.cache/bin/k8s-1.37/kubeadm"}, 37, "1.36.0"},
}

var kubeadms = []program{judges[0].program, judges[1].program, judges[2].program}

// judgeOf gives the kubeadm that reads the configuration of a version.
func judgeOf(version upstream.Version) judge {
	for _, j := range judges {
		if version.Minor <= j.newest {
			return j
		}
	}
	return judges[len(judges)-1]
}

// runKubeadm asks the kubeadm of the host's version about a file, whose path follows the arguments.
func (s *site) runKubeadm(f *tree.File, args ...string) error {
	version, err := kubeadmVersion(s.host)
	if err != nil {
		return err
	}
	j := judgeOf(version)
	oldest, err := upstream.ParseVersion(j.oldest)
	if err != nil {
		return err
	}
	command := append([]string{toolFolder + j.name}, args...)
	if version.Compare(oldest) < 0 {
		command = append([]string{"sh", "-c", asVersion, j.oldest, f.Path}, command...)
	}
	_, err = s.run(append(command, "--config", f.Path)...)
	return err
}

// asVersion runs a program while a file has the version of Kubernetes that $0 names.
const asVersion = `file=$1; shift; cp "$file" /as-rendered && sed -i "s/^kubernetesVersion: .*/kubernetesVersion: v$0/" "$file" && "$@"
code=$?; cat /as-rendered >"$file" && exit $code`

// kubeadmVersion is that of the host's package.
func kubeadmVersion(h *rendered.Host) (upstream.Version, error) {
	for _, p := range h.Packages {
		if p.Name == "kubeadm" {
			return upstream.ParseVersion(strings.TrimSuffix(p.Version, "-*"))
		}
	}
	return upstream.Version{}, fmt.Errorf("%s has no package of kubeadm", h)
}

// ofKubeadm are the host's packages that say which kubeadm judges its files.
func ofKubeadm(h *rendered.Host) []tree.Package {
	return slices.DeleteFunc(slices.Clone(h.Packages), func(p tree.Package) bool { return p.Name != "kubeadm" })
}

func checkKubeadm(s *site, f *tree.File) error { return s.runKubeadm(f, "config", "validate") }

// isInit tells whether kubeadm makes a control plane from the file, or from others beside it.
func isInit(f *tree.File) bool {
	return inFolder("/etc/kubernetes/patches", ".yaml")(f) && !strings.HasPrefix(path.Base(f.Path), "kubelet") || initDocument(f)
}

var initDocument = contains(`(?m)^kind: InitConfiguration`)

// checkInit lets kubeadm write the manifests of a control plane, which applies the patches. Meanwhile the stub of the
// cluster's CA is away: to kubeadm, a CA without a key is one of others.
func checkInit(s *site, f *tree.File) error {
	if !initDocument(f) {
		return nil // a patch: read with the configuration that names its folder
	}
	if _, err := s.run("mv", "/etc/kubernetes/pki", "/pki"); err != nil {
		return err
	}
	var err error
	for _, phase := range [][]string{{"control-plane", "all"}, {"etcd", "local"}} {
		if err = s.runKubeadm(f, append([]string{"init", "phase"}, phase...)...); err != nil {
			break
		}
	}
	if err == nil {
		err = addsFlags(s)
	}
	_, back := s.run("sh", "-c", "rm -rf /etc/kubernetes/pki && mv /pki /etc/kubernetes/")
	return errors.Join(err, back)
}

// addsFlags holds that the flags which patches add, khagen's and the user's own, are in the API server's manifest.
func addsFlags(s *site) error {
	for i := range s.host.Files {
		patch := &s.host.Files[i]
		if !strings.HasPrefix(patch.Path, "/etc/kubernetes/patches/kube-apiserver") || !strings.HasSuffix(patch.Path, "+json.yaml") {
			continue
		}
		flag := jsonValue.FindSubmatch(patch.Content)
		if flag == nil {
			return fmt.Errorf("%s has no value", patch.Path)
		}
		if _, err := s.run("grep", "--fixed-strings", "--line-regexp", "--", "    - "+string(flag[1]), "/etc/kubernetes/manifests/kube-apiserver.yaml"); err != nil {
			return fmt.Errorf("%s isn't applied: %w", patch.Path, err)
		}
	}
	return nil
}

var jsonValue = regexp.MustCompile(`(?m)^  value: (\S+)$`)
