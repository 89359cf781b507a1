package repository

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"runtime"

	"github.com/khagen/khagen/e2e/lab"
)

// hostFolder is where hosts have what is bound.
const hostFolder = "/opt/khagen-lab"

// Modules of e2e/tools.
const (
	containerdModule = "containerd-2.3"
	crictlModule     = "cri-tools-1.36"
)

// Repository is two: one of Kubernetes's packages, as flat as pkgs.k8s.io's, and one of the container runtime, laid out by
// releases of the distribution, as Docker's.
type Repository struct {
	Folder string // has both
	binds  map[string]string
}

// recipe is counted up when write changes, so that repositories made before are made anew.
const recipe = "1"

// Make makes a repository with packages of versions of Kubernetes, such as 1.36, in the patch release that e2e/tools built,
// unless one of the same packages is there.
func Make(ctx context.Context, kubernetes ...string) (*Repository, error) {
	r := &Repository{binds: map[string]string{}}
	release, err := lab.ThisRelease()
	if err != nil {
		return nil, err
	}
	both := content{codename: release.Codename}
	for _, version := range kubernetes {
		p, err := r.programs("k8s-" + version)
		if err != nil {
			return nil, err
		}
		both.kubernetes = append(both.kubernetes, kubernetesPackages(p)...)
	}
	crictl, err := r.programs(crictlModule)
	if err != nil {
		return nil, err
	}
	containerd, err := r.programs(containerdModule)
	if err != nil {
		return nil, err
	}
	both.kubernetes = append(both.kubernetes, crictlPackage(crictl), pluginsPackage(containerd))
	both.runtime = append(both.runtime, containerdPackage(containerd, release))

	made, err := json.Marshal([]any{recipe, runtime.GOARCH, both.codename, both.kubernetes, both.runtime})
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("apt-%.8x", sha256.Sum256(made))
	if r.Folder, err = lab.Once(name, func(folder string) error { return both.write(ctx, folder) }); err != nil {
		return nil, fmt.Errorf("make an apt repository: %w", err)
	}
	r.binds[path.Join(hostFolder, "apt")] = r.Folder
	return r, nil
}

// programs are those of a module of e2e/tools, which hosts get bound.
func (r *Repository) programs(module string) (programs, error) {
	here, err := lab.Programs(module)
	if err != nil {
		return programs{}, err
	}
	there := path.Join(hostFolder, "bin", module)
	r.binds[there] = here
	return programs{here: here, there: there}.read(module)
}

// Binds are what a host has to have bound, as lab.HostSpec takes it: path on the host → on this machine.
func (r *Repository) Binds() map[string]string { return r.binds }

// Variables are those by which the playbooks take packages from here.
func (r *Repository) Variables() map[string]any {
	at := func(name string) map[string]any {
		return map[string]any{"uri": "file://" + filepath.Join(hostFolder, "apt", name), "trusted": true}
	}
	return map[string]any{
		"khagen_kubernetes_repository": at(kubernetesFolder),
		"khagen_runtime_repository":    at(runtimeFolder),
	}
}
