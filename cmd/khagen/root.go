package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/schema"
)

const rootHelp = `khagen turns each cluster that is declared below overlays/ into the files of every
host below out/: validated, rendered, ready for review in Git and for delivery by
Ansible, Salt or rsync. It runs offline and never logs in anywhere.

Exit codes:
  0  fine
  1  differs (diff; build, fmt and schema with --check), or vet or pki check found something
  2  could not: bad input, a build that a rule refuses, an error of the system`

func newRootCmd() *cobra.Command {
	var chdir string
	cmd := &cobra.Command{
		Use:   "khagen",
		Short: "Renders high-availability Kubernetes control planes from one definition",
		Long:  rootHelp,
		Example: `  khagen init                   # begin, or khagen adopt with a cluster that runs already
  khagen vet                    # is every definition right?
  khagen diff                   # what would a build change?
  khagen build                  # write out/
  khagen pki check              # which certificates have to be issued again?
  khagen explain loadBalancer   # what can be said about the load balancer?`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return enter(chdir)
		},
	}
	// Commands with commands below run only to word an error of their own: their help shows no way to run them alone.
	cmd.SetUsageTemplate(strings.Replace(cmd.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}", 1))
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if typed := cmd.Flags().Args(); !cmd.HasParent() && len(typed) > 0 { // it is the flag of a mistyped command
			return noSuchCommand(cmd, typed)
		}
		return fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath())
	})
	cmd.PersistentFlags().StringVarP(&chdir, "chdir", "C", "", "work in `DIR`, the folder that has overlays/")
	_ = cmd.MarkPersistentFlagDirname("chdir")
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.AddCommand(
		newInitCmd(),
		newBuildCmd(),
		newDiffCmd(),
		newPlanCmd(),
		newVetCmd(),
		newAdoptCmd(),
		newPKICmd(),
		newExportCmd(),
		newSchemaCmd(),
		newExplainCmd(),
		newFmtCmd(),
		newVersionCmd(),
		newCompletionCmd(),
	)
	return cmd
}

// atMost refuses arguments that a command has no use for.
func atMost(most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > most {
			return fmt.Errorf("unexpected argument %q (see %s --help)", args[most], cmd.CommandPath())
		}
		return nil
	}
}

// noSuchCommand is what a command with commands below says of arguments, since it has none of its own.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	hint := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if near := schema.Nearest(args[0], names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("no command %q: %s", args[0], hint)
}

// enter changes to the folder that --chdir names, so that all paths in messages are relative to it.
func enter(dir string) error {
	if dir == "" {
		return nil
	}
	return os.Chdir(dir)
}
