package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/adopt"
	"github.com/khagen/khagen/internal/starter"
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

A comment also stands where something had to be guessed or has no place. Lines of haproxy
and keepalived that no field is for are kept as lines. On stderr adopt says what to look
at, and what khagen vet finds. It overwrites nothing, and logs in nowhere.

Exits 2, with file and line, where a source can't be understood. See docs/adopt.md.`,
		Example: `  khagen adopt shop --kubespray inventory/shop
  khagen adopt shop --kubespray hosts.ini --haproxy haproxy.cfg --keepalived node1.conf --keepalived node2.conf
  khagen adopt shop --kubeadm kubeadm-config.yaml --stdout`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("want the name of one cluster, got %d names (see %s --help)", len(args), cmd.CommandPath())
			}
			return nil
		},
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
	folder := strings.TrimPrefix(path.Clean(filepath.ToSlash(name)), overlays+"/")
	repository, err := lookForRoom(cmd, folder)
	if err != nil {
		return err
	}
	draft, err := adopt.Read(path.Base(folder), o.sources)
	if problems := mistakes(err, ""); problems != nil {
		printProblems(cmd.ErrOrStderr(), problems)
		return exitError(exitFailed)
	}
	if err != nil {
		return err
	}
	draft.Inherit(starter.Inherited(folder))
	text, err := draft.Text()
	if err != nil {
		return err
	}
	definition := starter.File{Path: path.Join(overlays, folder, "cluster.cue"), Content: text}
	problems, err := repository.judge(&newcomer{folder: folder, files: []starter.File{definition}})
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.mistake() && p.Path == "name" {
			return fmt.Errorf("no cluster can be called %q: %s", path.Base(folder), p.Problem)
		}
	}
	if o.stdout {
		_, err = cmd.OutOrStdout().Write(text)
	} else {
		err = writeAdopted(cmd.ErrOrStderr(), definition)
	}
	if err == nil {
		tellAdopted(cmd.ErrOrStderr(), draft, problems)
	}
	return err
}

// lookForRoom reads the clusters that are there, and refuses a folder that a new one can't have.
func lookForRoom(cmd *cobra.Command, folder string) (*initOptions, error) {
	repository := &initOptions{answers: starter.Answers{Folder: folder}}
	isOld, err := hasDefinitions()
	if err == nil && isOld {
		err = repository.lookAround(cmd.Context(), cmd.ErrOrStderr())
	}
	if err == nil {
		err = starter.Place(".", folder, repository.folders)
	}
	return repository, err
}

// writeAdopted writes the definition, and what makes overlays/ a module where it is none.
func writeAdopted(messages io.Writer, definition starter.File) error {
	files, err := missingModule()
	if err != nil {
		return err
	}
	files = append(files, definition)
	if err := starter.Write(".", files); err != nil {
		return err
	}
	for _, file := range files {
		fmt.Fprintln(messages, "wrote", filepath.FromSlash(file.Path))
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
