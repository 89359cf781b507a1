package main

import (
	"bytes"
	"errors"
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
		Use:   "fmt [FILE|FOLDER|CLUSTER…|-]",
		Short: "Format definitions",
		Long: `Fmt writes the CUE files of definitions in one form, that of cue fmt and of CUE's language
server, and prints the names of those that changed: of all below overlays/, of a file or a folder
there, or of a cluster with what it has from folders above. Of - it reads stdin and
prints the result, which is how editors want it. Where one file can't be read as CUE,
none is written.

Left alone are folders called files/, what khagen schema --write made, and each cluster.yaml:
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

// meantBy gives the one file, those in a folder, or those that make up a cluster.
func meantBy(name string, all []string) ([]string, error) {
	if meant := lyingAt(name, all); len(meant) > 0 {
		return meant, nil
	}
	dirs, problems := schema.Find(overlays)
	chosen, noCluster := choose(dirs, []string{name})
	_, noFile := os.Stat(name)
	switch {
	case name == "-":
		return nil, errors.New("- is stdin, and stands alone")
	case noCluster != nil && noFile == nil:
		return nil, fmt.Errorf("%s: nothing to format: want CUE files that people write below %s/, none of files/", name, overlays)
	case noFile != nil && strings.HasSuffix(name, ".cue"):
		return nil, fmt.Errorf("%s: no such file", name)
	case problems != nil:
		return nil, problems
	case noCluster != nil:
		return nil, noCluster
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

// lyingAt lists those of the files that a name leads to, as their own or as that of a folder around them.
func lyingAt(name string, all []string) (meant []string) {
	at, err := actual(name)
	if err != nil {
		return nil
	}
	for _, path := range all {
		if file, err := actual(path); err == nil && within(file, at) {
			meant = append(meant, path)
		}
	}
	return meant
}

// actual is the absolute path without links.
func actual(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// within says whether path is a folder, or lies in it.
func within(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}

// completeFormattable offers names of clusters, and files.
func completeFormattable(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, _ := completeClusters(cmd, args, typed)
	return names, cobra.ShellCompDirectiveDefault
}
