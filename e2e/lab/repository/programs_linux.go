package repository

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// programs are those that a module of e2e/tools built.
type programs struct {
	here, there string            // their folder on this machine and on hosts
	versions    map[string]string // by program, without v
}

// needed are the programs of a module that packages bring; k8s-1.37 may have kubeadm alone.
func needed(module string) []string {
	switch module {
	case containerdModule:
		return append([]string{"containerd", "containerd-shim-runc-v2", "ctr"}, plugins...)
	case crictlModule:
		return []string{"crictl"}
	}
	return []string{"kubeadm", "kubectl", "kubelet"}
}

// read learns the versions from what the linker wrote into the programs.
func (p programs) read(module string) (programs, error) {
	p.versions = map[string]string{}
	for _, name := range needed(module) {
		info, err := buildinfo.ReadFile(filepath.Join(p.here, name))
		if errors.Is(err, fs.ErrNotExist) {
			return p, fmt.Errorf("e2e/tools/%s wasn't built (make lab-tools, or lab-tools-all for upgrades): %w", module, err)
		}
		if err != nil {
			return p, err
		}
		version, is := strings.CutPrefix(info.Main.Version, "v")
		if !is {
			return p, fmt.Errorf("%s doesn't know its version, but %s", filepath.Join(p.here, name), info.Main.Version)
		}
		p.versions[name] = version
	}
	return p, nil
}

// link is a file of a package that is a program of a host's bound folder.
func (p programs) link(name string) file { return file{Link: path.Join(p.there, name)} }
