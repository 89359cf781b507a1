package lab

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// packages are those of a host beside the essential ones: what an installer brings, what the packages of definitions are
// called in Debian, and what they need.
var packages = []string{
	// a machine that is managed over ssh
	"ca-certificates", "curl", "dbus", "ethtool", "iproute2", "iputils-ping", "kmod", "libpam-systemd", "openssh-server", "procps",
	"python3", "python3-apt", "sudo", "systemd", "systemd-sysv", "tar", "util-linux",
	// load balancers
	"haproxy", "keepalived", "libnginx-mod-stream", "nginx", "psmisc",
	// containers under systemd
	"crun", "netavark", "podman",
	// nodes
	"conntrack", "containerd", "ebtables", "iptables", "nftables", "runc", "socat",
}

// atRest are services that packages enable. A host that got its packages a moment ago runs none of them: delivery has to
// enable what it needs.
var atRest = []string{
	"containerd", "haproxy", "keepalived", "nginx",
	"podman-auto-update.service", "podman-restart.service", "podman.service", "podman.socket",
}

// never are units that have no place in a guest: they would look for the network, or for consoles and disks of the machine.
var never = []string{
	"apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
	"fstrim.timer", "getty@tty1.service", "podman-auto-update.timer", "systemd-networkd.service", "systemd-networkd.socket", "systemd-resolved.service",
}

// idle are systemd's generators that find nothing in a guest: it has no such disks, consoles or boot parameters. Each time that systemd
// reads its units it starts all that there are.
var idle = []string{
	"systemd-cryptsetup-generator", "systemd-debug-generator", "systemd-getty-generator", "systemd-gpt-auto-generator",
	"systemd-hibernate-resume-generator", "systemd-integritysetup-generator", "systemd-rc-local-generator", "systemd-run-generator",
	"systemd-system-update-generator", "systemd-veritysetup-generator",
}

// recipe is counted up when makeImage changes, so that images made before are made anew.
const recipe = "2"

// ImagePath gives the folder of the root file system for this machine's release. Its name has what it is made of.
func ImagePath() (string, error) {
	of, err := ThisRelease()
	if err != nil {
		return "", err
	}
	folder, err := Cache()
	if err != nil {
		return "", err
	}
	made := strings.Join(slices.Concat(packages, atRest, never, idle, []string{recipe, runtime.GOARCH}), " ")
	return filepath.Join(folder, fmt.Sprintf("image-%s-%.8x", of.Codename, sha256.Sum256([]byte(made)))), nil
}

// ImagePackages gives the file that tells the image from one of the same recipe with other packages.
func ImagePackages() (string, error) {
	image, err := ImagePath()
	return filepath.Join(image, "var/lib/dpkg/status"), err
}

// MakeImage makes the hosts' root file system where it isn't there yet, which takes two minutes and the network.
func MakeImage() error {
	path, err := ImagePath()
	if err != nil {
		return err
	}
	return once(path, func(root string) error {
		fmt.Fprintln(os.Stderr, "lab: making the hosts' image with debootstrap, once:", path)
		if err := makeImage(root); err != nil {
			return fmt.Errorf("make the hosts' image: %w", err)
		}
		return nil
	})
}

// bootstrap runs debootstrap in two steps: between them dpkg is told not to wait for the disk at every file, since an image
// that isn't whole is thrown away.
const bootstrap = `root=$1 archives=$2 codename=$3 uri=$4 components=$5 packages=$6
debootstrap --foreign --variant=minbase --cache-dir="$archives" --components="$components" --include="$packages" "$codename" "$root" "$uri"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/lab"
chroot "$root" /debootstrap/debootstrap --second-stage
rm "$root/etc/dpkg/dpkg.cfg.d/lab"`

func makeImage(root string) error {
	of, err := ThisRelease()
	if err != nil {
		return err
	}
	from, err := mirror(of)
	if err != nil {
		return err
	}
	folder, err := Cache()
	if err != nil {
		return err
	}
	archives := filepath.Join(folder, "debs")
	if err := os.MkdirAll(archives, 0o755); err != nil {
		return err
	}
	runtime.LockOSThread() // Pdeathsig is sent when the thread that started the child ends
	defer runtime.UnlockOSThread()
	// In namespaces of its own: what it mounts and starts ends with it, also when it is killed.
	cmd := exec.Command("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", bootstrap, "sh",
		root, archives, of.Codename, from.uri, strings.Join(from.components, ","), strings.Join(packages, ","))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	if proxy := aptProxy(); proxy != "" {
		cmd.Env = append(cmd.Env, "http_proxy="+proxy)
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(root, "debootstrap/debootstrap.log"))
		return fmt.Errorf("debootstrap of %s from %s: %w: %s", of.Codename, from.uri, err, lastLines(string(output)+string(log), 15))
	}
	return settle(root)
}

// settle makes a fresh root file system one that many hosts can start from: without what has to differ between them, and
// with nothing running that nobody asked for.
func settle(root string) error {
	for _, command := range []string{"disable", "mask"} {
		units := atRest
		if command == "mask" {
			units = never
		}
		args := slices.Concat([]string{"--quiet", "--root=" + root, command}, units)
		if output, err := exec.Command("systemctl", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("systemctl %s: %w: %s", command, err, output)
		}
	}
	masked := filepath.Join(root, "etc/systemd/system-generators")
	if err := os.MkdirAll(masked, 0o755); err != nil {
		return err
	}
	for _, name := range idle {
		if err := os.Symlink("/dev/null", filepath.Join(masked, name)); err != nil {
			return err
		}
	}
	for _, pattern := range []string{
		"etc/ssh/ssh_host_*", "etc/machine-id", "var/lib/dbus/machine-id", "etc/hostname", "etc/hosts", "etc/resolv.conf",
		"var/cache/apt/archives/*.deb", "debootstrap",
	} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
