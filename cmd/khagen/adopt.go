package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/adopt"
	"github.com/khagen/khagen/schema"
)

type adoptOptions struct {
	sources adopt.Sources
	stdout  bool
}

func newAdoptCmd() *cobra.Command {
	var o adoptOptions
	cmd := &cobra.Command{
		Use:   "adopt NAME",
		Short: "Write the definition of a cluster that other tools made",
		Long: `Adopt reads what there is of a running cluster and writes overlays/NAME/cluster.cue: an
inventory of kubespray with its group_vars and host_vars, kubeadm's ClusterConfiguration,
haproxy.cfg and keepalived.conf, alone or together. Of two files that say otherwise the
later in this list is believed, and a comment has the other's word.

A comment also stands where something had to be guessed or has no place. On stderr adopt
says all that again, and what khagen vet finds. It overwrites nothing.

Exits 2, with file and line, where a source can't be understood. See docs/adopt.md.`,
		Example: `  khagen adopt shop --kubespray inventory/shop
  khagen adopt shop --kubespray hosts.ini --haproxy haproxy.cfg --keepalived node1.conf --keepalived node2.conf
  khagen adopt shop --kubeadm kubeadm-config.yaml --stdout`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runAdopt(cmd, args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.sources.Kubespray, "kubespray", "", "kubespray's inventory, a `PATH` of the file or its folder")
	flags.StringArrayVar(&o.sources.Kubeadm, "kubeadm", nil, "kubeadm's configuration, a `FILE`")
	flags.StringArrayVar(&o.sources.HAProxy, "haproxy", nil, "a haproxy.cfg, a `FILE`")
	flags.StringArrayVar(&o.sources.Keepalived, "keepalived", nil, "a host's keepalived.conf, a `FILE`; once for each host")
	flags.BoolVar(&o.stdout, "stdout", false, "print the definition and write nothing")
	return cmd
}

func runAdopt(cmd *cobra.Command, name string, o adoptOptions) error {
	if o.sources.IsEmpty() {
		return fmt.Errorf("nothing to read: give --kubespray, --kubeadm, --haproxy or --keepalived (see %s --help)", cmd.CommandPath())
	}
	folder, err := roomFor(name)
	if err != nil {
		return err
	}
	draft, err := adopt.Read(filepath.Base(folder), o.sources)
	if problems := mistakes(err, ""); problems != nil {
		printProblems(cmd.ErrOrStderr(), problems)
		return exitError(exitFailed)
	}
	if err != nil {
		return err
	}
	text, err := draft.Text()
	if err != nil {
		return err
	}
	problems, err := tryAdopted(folder, text)
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.mistake() && p.Path == "name" {
			return fmt.Errorf("no cluster can be called %q: %s", filepath.Base(folder), p.Problem)
		}
	}
	if o.stdout {
		if _, err := cmd.OutOrStdout().Write(text); err != nil {
			return err
		}
	} else if err := writeAdopted(cmd.ErrOrStderr(), folder, text); err != nil {
		return err
	}
	tellAdopted(cmd.ErrOrStderr(), draft, problems)
	return nil
}

// roomFor gives the folder of a new cluster; an error says why it can't be one.
func roomFor(name string) (string, error) {
	name = strings.TrimPrefix(path.Clean(filepath.ToSlash(name)), overlays+"/")
	hidden := func(part string) bool {
		return part == "cue.mod" || strings.HasPrefix(part, ".") || strings.HasPrefix(part, "_")
	}
	if !fs.ValidPath(name) || slices.ContainsFunc(strings.Split(name, "/"), hidden) {
		return "", fmt.Errorf("%q is no place below %s/: want a name, or folders and a name, such as shop/prod", name, overlays)
	}
	folder := filepath.Join(overlays, filepath.FromSlash(name))
	for _, file := range []string{"cluster.cue", "cluster.yaml"} {
		if _, err := os.Lstat(filepath.Join(folder, file)); err == nil {
			return "", fmt.Errorf("%s is there already: adopt overwrites nothing", filepath.Join(folder, file))
		}
	}
	dirs, _ := schema.Find(overlays) // what is wrong with others is for vet
	for _, dir := range dirs {
		if filepath.Base(dir) == filepath.Base(folder) {
			return "", fmt.Errorf("%s has that name already: names are unique in a repository", dir)
		}
		if strings.HasPrefix(folder, dir+string(filepath.Separator)) {
			return "", fmt.Errorf("%s is a cluster, and no cluster lies in another one", dir)
		}
	}
	return folder, nil
}

// writeAdopted writes the definition, and what makes overlays/ a module where it is none.
func writeAdopted(messages io.Writer, folder string, text []byte) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	module := filepath.Join(overlays, "cue.mod", "module.cue")
	if _, err := os.Stat(module); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(module), 0o755); err != nil {
			return err
		}
		if err := writeNew(module, []byte(schema.ModuleFile)); err != nil {
			return err
		}
		fmt.Fprintln(messages, "wrote", module)
	}
	definition := filepath.Join(folder, "cluster.cue")
	if err := writeNew(definition, text); err != nil {
		return err
	}
	fmt.Fprintln(messages, "wrote", definition)
	return nil
}

// writeNew writes a file that isn't there.
func writeNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", name, err), os.Remove(name))
	}
	return nil
}

// tellAdopted says what somebody has to look at.
func tellAdopted(messages io.Writer, draft *adopt.Draft, problems []problem) {
	guesses, remarks := draft.Doubts()
	for _, part := range []struct {
		title string
		lines []string
	}{{"guessed:", guesses}, {"to know:", remarks}} {
		if len(part.lines) > 0 {
			fmt.Fprintln(messages, part.title)
		}
		for _, line := range part.lines {
			fmt.Fprintln(messages, "  "+line)
		}
	}
	if len(problems) > 0 {
		fmt.Fprintln(messages, "khagen vet finds:")
		printProblems(messages, problems)
	}
}
