package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/schema"
)

func newFmtCmd() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [FILE|CLUSTER…|-]",
		Short: "Format definitions",
		Long: `Fmt writes the CUE files of definitions in one form, that of cue fmt and of CUE's language
server, and prints the names of those that changed: of all below overlays/, of one file,
or of a cluster with what it has from folders above. Of - it reads stdin and prints the
result, which is how editors want it. Where one file can't be read as CUE, none is written.

Left alone are a cluster's files/, what khagen schema --write made, and each cluster.yaml:
YAML has too many forms of its own for a formatter to keep what an author chose.

Exits 1 with --check where something is not in form, 2 where a file can't be read.`,
		Example: `  khagen fmt
  khagen fmt shop-prod
  khagen fmt --check            # in CI
  khagen fmt - <cluster.cue     # in an editor`,
		ValidArgsFunction: completeFormattable,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Equal(args, []string{"-"}) {
				return formatStream(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), check)
			}
			return formatFiles(args, cmd.OutOrStdout(), cmd.ErrOrStderr(), check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing, and exit 1 if something is not in form")
	return cmd
}

// formatStream is for editors, which keep the text themselves.
func formatStream(r io.Reader, w, messages io.Writer, check bool) error {
	src, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	text, err := schema.Format("stdin", src)
	if problems := mistakes(err, ""); problems != nil {
		printProblems(messages, problems)
		return exitError(exitFailed)
	}
	if err != nil {
		return err
	}
	if check {
		if bytes.Equal(src, text) {
			return nil
		}
		return exitError(exitDiffers)
	}
	_, err = w.Write(text)
	return err
}

// formatFiles formats all that is meant by names, or none of it.
func formatFiles(names []string, w, messages io.Writer, check bool) error {
	if _, err := os.Stat(overlays); err != nil {
		return noOverlays()
	}
	paths, err := formattable(names)
	var r rewrite
	problems := mistakes(err, "")
	if err != nil && problems == nil {
		return err
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text, err := schema.Format(path, src)
		if wrong := mistakes(err, ""); wrong != nil {
			problems = append(problems, wrong...)
		} else if err != nil {
			return err
		} else if !bytes.Equal(src, text) {
			r.add(path, text)
		}
	}
	if len(problems) > 0 {
		printProblems(messages, problems)
		return exitError(exitFailed)
	}
	return r.run(w, check)
}

// formattable lists the files that are meant by names of files and clusters; all where there are none.
func formattable(names []string) ([]string, error) {
	all, err := schema.Formattable(overlays)
	if err != nil || len(names) == 0 {
		return all, err
	}
	var meant []string
	for _, name := range names {
		paths, err := meantBy(name, all)
		if err != nil {
			return nil, err
		}
		meant = append(meant, paths...)
	}
	slices.Sort(meant)
	return slices.Compact(meant), nil
}

// meantBy gives the one file, or those that make up the cluster.
func meantBy(name string, all []string) ([]string, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() || strings.HasSuffix(name, ".cue") {
		if err != nil {
			return nil, err
		}
		for _, path := range all {
			if other, err := os.Stat(path); err == nil && os.SameFile(info, other) {
				return []string{path}, nil
			}
		}
		return nil, fmt.Errorf("%s: khagen formats the CUE files of definitions, which lie below %s/", name, overlays)
	}
	dirs, err := schema.Find(overlays)
	if err != nil {
		return nil, err
	}
	chosen, err := choose(dirs, []string{name})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(path string) bool {
		dir := filepath.Dir(path)
		for cluster := range chosen {
			if within(dir, cluster) || within(cluster, dir) {
				return false
			}
		}
		return true
	}), nil
}

// within says whether dir is a folder or lies in it.
func within(dir, folder string) bool {
	rel, err := filepath.Rel(folder, dir)
	return err == nil && filepath.IsLocal(rel)
}

// completeFormattable offers names of clusters, and files.
func completeFormattable(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, _ := completeClusters(cmd, args, typed)
	return names, cobra.ShellCompDirectiveDefault
}
