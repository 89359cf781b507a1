package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/khagen/khagen"
	"github.com/khagen/khagen/internal/starter"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// initOptions are what khagen init is told.
type initOptions struct {
	from      string
	answers   starter.Answers
	isExample bool

	folders []string            // of the clusters that are there already
	fleet   []*topology.Cluster // those of them that can be understood
}

func newInitCmd() *cobra.Command {
	var o initOptions
	references := starter.References(khagen.References())
	cmd := &cobra.Command{
		Use:   "init [NAME]",
		Short: "Begin a repository of definitions, or add a cluster to one",
		Long: `Init writes the definition of a new cluster, overlays/NAME/cluster.cue. In a folder
without overlays/ it begins a repository: README.md, .gitignore, .gitattributes, and a
workflow that has CI check it.

The cluster is a copy of a reference system (--from), or what the other flags say.
Without flags it is asked for on a terminal, and elsewhere an example with addresses
that nobody has. Without --vip and --load-balancer somebody else runs the balancer.

Nothing is overwritten: a file that is there is left, and named. Exits 2 where the cluster
is there already, and where the definition would be refused: nothing is written then.

Reference systems (docs/reference-systems.md):
` + describe(references),
		Example: `  khagen init                               # asks, and writes an example where nobody answers
  khagen init lab --from kubespray-haproxy
  khagen init shop-prod --control-planes 10.20.0.11,10.20.0.12,10.20.0.13 \
    --workers w1=10.20.0.21,w2=10.20.0.22 --network 10.20.0.0/24 --os debian-12 \
    --endpoint api.shop.example.net:8443 --vip 10.20.0.100 --interface eth0`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args:              atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := unset(cmd.Flags()); err != nil {
				return err
			}
			o.answers.Folder = strings.TrimPrefix(strings.Join(args, ""), overlays+"/")
			return o.run(cmd)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&o.from, "from", "", "copy this reference `SYSTEM`")
	_ = cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(references, cobra.ShellCompDirectiveNoFileComp))
	for _, q := range starter.Questions() {
		if q.Flag == starter.NAME {
			continue
		}
		cmd.Flags().StringVar(q.Answer(&o.answers), q.Flag, "", q.Usage)
		_ = cmd.RegisterFlagCompletionFunc(q.Flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return q.Choices(), cobra.ShellCompDirectiveNoFileComp
		})
	}
	return cmd
}

// describe has a few lines on each reference system.
func describe(references []string) string {
	lines := make([]string, len(references))
	for i, name := range references {
		lines[i] = "  " + name + "\n    " + starter.About(khagen.References(), name)
	}
	return strings.Join(lines, "\n")
}

// unset refuses flags without a value, as an unset variable of a script leaves them: they would count as not given.
func unset(flags *pflag.FlagSet) error {
	var empty []error
	flags.Visit(func(f *pflag.Flag) {
		if strings.TrimSpace(f.Value.String()) == "" {
			empty = append(empty, fmt.Errorf("--%s has no value", f.Name))
		}
	})
	return errors.Join(empty...)
}

func (o *initOptions) run(cmd *cobra.Command) error {
	isOld, err := hasDefinitions()
	if err == nil && isOld {
		err = o.lookAround(cmd.Context(), cmd.ErrOrStderr())
	}
	if err != nil {
		return err
	}
	c, err := o.begin(cmd)
	if err != nil {
		return err
	}
	var more, left []starter.File
	if isOld {
		more, err = missingModule()
	} else {
		more, left = around()
	}
	if err == nil && cmd.Context().Err() != nil {
		err = errInterrupted
	}
	written := slices.Concat(c.files, more)
	if err == nil {
		err = starter.Write(".", written)
	}
	if err != nil {
		return err
	}
	c.tellWritten(cmd.ErrOrStderr(), written, left)
	if !isOld && !isGitRoot() {
		fmt.Fprintf(cmd.ErrOrStderr(), "left out %s: GitHub reads it in the root of a Git repository alone; have CI run khagen vet --strict and khagen build --check here\n", starter.Workflow)
	}
	o.tellNext(cmd, c)
	return nil
}

// begin makes the cluster that is wanted.
func (o *initOptions) begin(cmd *cobra.Command) (*newcomer, error) {
	if folder := o.answers.Folder; folder != "" {
		if err := starter.Place(".", folder, o.folders); err != nil {
			return nil, err
		}
	}
	switch isAsked := isTerminal(os.Stdin) && isTerminal(os.Stderr); {
	case o.from != "":
		return o.copyReference()
	case o.answers.IsEmpty() && isAsked:
		return o.ask(cmd)
	case o.answers.IsEmpty():
		o.isExample = true
		o.answers.FillIn()
	default:
		if mistakes := o.answers.Complete(); len(mistakes) > 0 {
			return nil, together(mistakes)
		}
	}
	c, err := o.fromAnswers()
	if err != nil {
		return nil, err
	}
	return c, o.admit(c)
}

// copyReference takes a reference cluster.
func (o *initOptions) copyReference() (*newcomer, error) {
	if !o.answers.IsEmpty() {
		return nil, errors.New("--from takes a reference system as it is, without other flags: edit the copy")
	}
	folder := cmp.Or(o.answers.Folder, o.from)
	files, err := starter.Reference(khagen.References(), o.from, folder)
	if err != nil {
		names := starter.References(khagen.References())
		if near := schema.Nearest(o.from, names); near != "" {
			return nil, fmt.Errorf("--from: %w: did you mean %q?", err, near)
		}
		return nil, fmt.Errorf("--from: %w: want %s", err, strings.Join(names, ", "))
	}
	c := &newcomer{folder: folder, files: files}
	return c, o.admit(c)
}

// fromAnswers makes a cluster of the answers.
func (o *initOptions) fromAnswers() (*newcomer, error) {
	definition, err := starter.NewDefinition(&o.answers)
	if err != nil {
		return nil, err
	}
	about := []string{fmt.Sprintf("khagen explain says what else can be written, out/%s/README.md what follows from it.", o.answers.Name())}
	if o.isExample {
		about = append([]string{"An example, with addresses that nobody has: hostNetworks, endpoint, vip, hosts and machine.os have to become yours."}, about...)
	}
	text, err := definition.Text(about...)
	if err != nil {
		return nil, err
	}
	file := starter.File{Path: path.Join(overlays, o.answers.Folder, "cluster.cue"), Content: text}
	return &newcomer{folder: o.answers.Folder, files: []starter.File{file}, definition: definition}, nil
}

// tellNext says what has to be done now.
func (o *initOptions) tellNext(cmd *cobra.Command, c *newcomer) {
	khagen := "khagen"
	if dir, _ := cmd.Flags().GetString("chdir"); dir != "" {
		khagen += " -C " + dir
	}
	edit := ""
	switch {
	case o.isExample:
		edit = "change hostNetworks, endpoint, vip, hosts and machine.os to yours, then "
	case o.from != "":
		edit = "change names, addresses and whatever else differs to yours, then "
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "next: %s%s vet && %s build\n", edit, khagen, khagen)
}
