package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// SSHConfig is a file for ssh -F that leads to root on the hosts, by their names and addresses, and knows the hosts' keys.
func (l *Lab) SSHConfig() string { return filepath.Join(l.dir, "ssh/config") }

// SSH prepares a command that a shell of root runs on a host, by ssh.
func (h *Host) SSH(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "ssh", "-F", h.lab.SSHConfig(), h.Name, command)
}

// makeKeys makes the key that all hosts let in.
func (l *Lab) makeKeys(ctx context.Context) error {
	if err := os.Mkdir(filepath.Join(l.dir, "ssh"), 0o700); err != nil {
		return err
	}
	return makeKey(ctx, l.userKey(), "lab")
}

func (l *Lab) userKey() string { return filepath.Join(l.dir, "ssh/id_ed25519") }

func (h *Host) hostKey() string { return filepath.Join(h.lab.dir, "ssh", h.Name+"_host_ed25519") }

// keyFiles are those that the host's sshd is known by and lets in by.
func (h *Host) keyFiles(ctx context.Context) ([]File, error) {
	if err := makeKey(ctx, h.hostKey(), h.Name); err != nil {
		return nil, err
	}
	var files []File
	for _, f := range []struct {
		from, to string
		mode     os.FileMode
	}{
		{h.hostKey(), "/etc/ssh/ssh_host_ed25519_key", 0o600},
		{h.hostKey() + ".pub", "/etc/ssh/ssh_host_ed25519_key.pub", 0o644},
		{h.lab.userKey() + ".pub", "/root/.ssh/authorized_keys", 0o600},
	} {
		content, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		files = append(files, File{Path: f.to, Mode: f.mode, Content: content})
	}
	return files, nil
}

// knowHosts writes down the hosts' keys and how to reach them.
func (l *Lab) knowHosts() error {
	var known, config strings.Builder
	for _, h := range l.hosts {
		key, err := os.ReadFile(h.hostKey() + ".pub")
		if err != nil {
			return err
		}
		names := []string{h.Name}
		for _, a := range h.spec.Addresses {
			names = append(names, a.Addr().String())
		}
		fmt.Fprintf(&known, "%s %s", strings.Join(names, ","), key)
		if len(names) > 1 {
			fmt.Fprintf(&config, "Host %s\n  HostName %s\n  HostKeyAlias %s\n", strings.Join(names, " "), names[1], h.Name)
		}
	}
	fmt.Fprintf(&config, "Host *\n  User root\n  BatchMode yes\n  ConnectTimeout 10\n  IdentitiesOnly yes\n  IdentityFile %q\n", l.userKey())
	knownHosts := filepath.Join(l.dir, "ssh/known_hosts")
	fmt.Fprintf(&config, "  StrictHostKeyChecking yes\n  GlobalKnownHostsFile /dev/null\n  UserKnownHostsFile %q\n", knownHosts)
	if err := os.WriteFile(knownHosts, []byte(known.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(l.SSHConfig(), []byte(config.String()), 0o600)
}

func makeKey(ctx context.Context, path, comment string) error {
	cmd := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ssh-keygen: %w: %s", err, output)
	}
	return nil
}
