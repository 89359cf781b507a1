package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/pki"
)

func newPKICheckCmd() *cobra.Command {
	var dir string
	var days uint16
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "check [CLUSTER…]",
		Short: "Say which certificates have to be issued again, and why",
		Long: `Check compares all files below pki/<cluster>/ with the definition and the clock: what is
missing, differs, isn't signed by its authority, has another key, ends soon, or can be read
by others or be committed. Each line names a file, the reason, and the command that mends it.

Exits 1 where something has to be mended, 2 where an authority or a file can't be read.
Files that nothing asks for, and keys of another algorithm than the definition's, are named
and don't matter to the exit code.`,
		Example: `  khagen pki check
  khagen pki check --within 60
  khagen pki check --format json | jq -r '.findings[] | select(.must).host'`,
		ValidArgsFunction: completeClusters,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			clusters, err := pkiClusters(cmd, dir, args)
			if err != nil {
				return err
			}
			findings := []pki.Finding{}
			err = eachFolder(dir, clusters, func(f *pki.Folder) error {
				found, err := f.Check(time.Duration(days) * 24 * time.Hour)
				for _, one := range found {
					if !told(findings, one) {
						findings = append(findings, one)
					}
				}
				return err
			})
			if format.json() {
				err = errors.Join(err, writeJSON(cmd.OutOrStdout(), pkiReport{findings}))
			} else {
				for _, f := range findings {
					fmt.Fprintln(cmd.OutOrStdout(), f.Text())
				}
			}
			if err == nil && slices.ContainsFunc(findings, func(f pki.Finding) bool { return f.Must }) {
				return exitError(exitDiffers)
			}
			return err
		},
	}
	pkiFlag(cmd, &dir)
	cmd.Flags().Uint16Var(&days, "within", 30, "tell what ends within so many `DAYS`")
	format.register(cmd, "text", "json")
	return cmd
}

// told says whether a finding is one about the folder of all clusters that came up with another of them.
func told(findings []pki.Finding, one pki.Finding) bool {
	return slices.ContainsFunc(findings, func(f pki.Finding) bool { return f.File == one.File && f.Problem == one.Problem })
}

// pkiReport is what pki check prints for machines.
type pkiReport struct {
	Findings []pki.Finding `json:"findings"`
}
