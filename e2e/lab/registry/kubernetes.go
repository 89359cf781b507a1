package registry

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// kubernetesImages are those that a kubeadm asks for, under the names that it asks for.
func kubernetesImages(ctx context.Context, bin string, v Versions, debian *system) ([]image, error) {
	names, err := asked(ctx, filepath.Join(bin, v.Kubernetes, "kubeadm"))
	if err != nil {
		return nil, err
	}
	var all []image
	for _, name := range names {
		_, repository, tag, err := splitName(name)
		if err != nil {
			return nil, err
		}
		var i image
		switch repository {
		case "coredns/coredns":
			continue // nothing in the lab asks for names of services
		case "etcd":
			i, err = etcdImage(bin, tag)
		case "pause":
			i, err = pauseImage(bin, tag)
		case "kube-proxy":
			i, err = kubeProxyImage(filepath.Join(bin, v.Kubernetes), tag, debian)
		default:
			i, err = kubernetesImage(filepath.Join(bin, v.Kubernetes, repository), tag)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		i.name = name
		all = append(all, i)
	}
	return all, nil
}

// asked gives the images that a kubeadm pulls for its own version.
func asked(ctx context.Context, kubeadm string) ([]string, error) {
	version, err := output(ctx, kubeadm, "version", "--output=short")
	if err != nil {
		return nil, err
	}
	names, err := output(ctx, kubeadm, "config", "images", "list", "--kubernetes-version="+version)
	return strings.Fields(names), err
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	var complaints strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &complaints
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(complaints.String()))
	}
	return strings.TrimSpace(string(text)), nil
}

// kubernetesImage has a program of Kubernetes where its own has it.
func kubernetesImage(program, tag string) (image, error) {
	if err := isVersion(program, "k8s.io/kubernetes", tag); err != nil {
		return image{}, err
	}
	t := base()
	at := path.Join("/usr/local/bin", filepath.Base(program))
	return image{tree: t, run: run{Env: []string{defaultPath}, Entrypoint: []string{at}, WorkingDir: "/"}}, t.program(at, program)
}

// kubeProxyImage has beside kube-proxy what it programs the kernel with.
func kubeProxyImage(bin, tag string, debian *system) (image, error) {
	i, err := kubernetesImage(filepath.Join(bin, "kube-proxy"), tag)
	if err != nil {
		return i, err
	}
	wanted := []string{"/usr/sbin/conntrack", "/usr/sbin/nft"}
	for _, program := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-save", "-restore"} {
			wanted = append(wanted, "/usr/sbin/"+program+suffix)
		}
	}
	extensions, err := filepath.Glob(debian.source("/usr/lib/*/xtables")) // that iptables loads when rules name them
	if err != nil {
		return i, err
	}
	for _, folder := range extensions {
		wanted = append(wanted, strings.TrimPrefix(folder, debian.root))
	}
	return i, debian.take(i.tree, wanted...)
}

// etcdImage has the etcd of e2e/tools/etcd-MAJOR.MINOR, which has to be of the version that is asked for.
func etcdImage(bin, tag string) (image, error) {
	bin = filepath.Join(bin, "etcd-"+strings.TrimSuffix(tag, path.Ext(tag)))
	t := base()
	t.folder("/var/lib/etcd", 0o700)
	for _, program := range []string{"etcd", "etcdctl", "etcdutl"} {
		if err := t.program("/usr/local/bin/"+program, filepath.Join(bin, program)); err != nil {
			return image{}, err
		}
	}
	version, _, _ := strings.Cut(tag, "-")
	err := isVersion(filepath.Join(bin, "etcd"), "go.etcd.io/etcd/server/v3", "v"+version)
	return image{tree: t, run: run{Env: []string{defaultPath}, Entrypoint: []string{"/usr/local/bin/etcd"}, WorkingDir: "/"}}, err
}

// pauseImage has the pause of e2e/tools/pause-MAJOR.MINOR, which calls itself of the version that it is asked for.
func pauseImage(bin, tag string) (image, error) {
	folder := "pause-" + strings.TrimSuffix(tag, path.Ext(tag))
	t := tree{}
	return image{tree: t, run: run{Env: []string{defaultPath}, Entrypoint: []string{"/pause"}, User: "65535:65535"}},
		t.program("/pause", filepath.Join(bin, folder, "pause"))
}

// kubeVIPImage has the kube-vip of e2e/tools/kube-vip-MAJOR.MINOR where its own image has it.
func kubeVIPImage(bin, name string) (image, error) {
	_, _, tag, err := splitName(name)
	if err != nil {
		return image{}, err
	}
	program := filepath.Join(bin, "kube-vip-"+strings.TrimPrefix(strings.TrimSuffix(tag, path.Ext(tag)), "v"), "kube-vip")
	if err := isVersion(program, "github.com/kube-vip/kube-vip", tag); err != nil {
		return image{}, fmt.Errorf("%s: %w", name, err)
	}
	t := base()
	return image{name: name, tree: t, run: run{Env: []string{defaultPath}, Entrypoint: []string{"/kube-vip"}, WorkingDir: "/"}}, t.program("/kube-vip", program)
}

// isVersion compares the version of the module that a program was built from.
func isVersion(program, module, want string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Version == want {
			return nil
		}
		if m.Path == module {
			return fmt.Errorf("%s is of %s %s, wanted is %s", program, module, m.Version, want)
		}
	}
	return fmt.Errorf("%s has nothing of %s", program, module)
}
