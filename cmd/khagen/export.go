package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/export"
)

// exportOptions are the flags of export.
type exportOptions struct {
	out, secrets, pki string
	dir, output       string
	tar, sums         bool
}

func newExportCmd() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export HOST {--tar | --dir DIR | --sums}",
		Short: "Give a host's files with their modes and owners, without Ansible or Salt",
		Long: `Export makes the files of one host, as they stand in out/, ready for rsync, cloud-init
or an image: a tar, a folder, or sums for sha256sum --check. HOST is its name, or
CLUSTER/HOST where several clusters have one of this name. Files that aren't what the
definition gives, edited by hand or not built yet, are named on stderr and exported as they
are; khagen build --check exits 1 where there are any.

Files that hold a secret come along where --secrets names a file with the values,
certificates and keys where --pki names their folder. Parts of files that others own, such
as /etc/hosts, are put into /usr/share/khagen, with a script that brings them there.
Packages, programs and units to enable stand in the host's manifest.json.`,
		Example: `  khagen export cp1 --tar | ssh root@cp1 'tar --extract --no-overwrite-dir --directory /'
  khagen export shop/cp1 --dir image/cp1 --pki pki
  khagen export cp1 --sums | ssh cp1 'sha256sum --check --quiet'`,
		ValidArgsFunction: completeExported,
		Args:              oneHost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			found, err := findExported(o.out, args[0])
			if err != nil {
				return err
			}
			e, err := o.gather(cmd.InOrStdin(), found)
			if err != nil {
				return err
			}
			o.tellDrift(cmd.Context(), cmd.ErrOrStderr(), found)
			if err := o.write(cmd.OutOrStdout(), e); err != nil {
				return err
			}
			o.tell(cmd.ErrOrStderr(), found, e)
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.tar, "tar", false, "write a tar")
	flags.BoolVar(&o.sums, "sums", false, "write a line for each file, for sha256sum --check on the host")
	flags.StringVar(&o.dir, "dir", "", "write the files below `DIR`, which is new or empty")
	flags.StringVarP(&o.output, "output", "o", "", "write the tar or the sums to `FILE` instead of stdout")
	flags.StringVar(&o.secrets, "secrets", "", "`FILE` with a dictionary of secrets, in YAML or JSON; - for stdin")
	flags.StringVar(&o.pki, "pki", "", "take certificates and keys from `DIR`, which khagen pki filled")
	_ = cmd.MarkFlagDirname("dir")
	_ = cmd.MarkFlagDirname("pki")
	outFlag(cmd, &o.out)
	return cmd
}

func oneHost(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no host (see %s --help)", cmd.CommandPath())
	}
	return atMost(1)(cmd, args)
}

// check refuses flags that don't go together, and places that are no good.
func (o *exportOptions) check() error {
	forms := 0
	for _, chosen := range []bool{o.tar, o.sums, o.dir != ""} {
		if chosen {
			forms++
		}
	}
	switch {
	case forms != 1:
		return errors.New("want one of --tar, --dir DIR and --sums (see khagen export --help)")
	case o.dir != "" && o.output != "":
		return errors.New("--output goes with --tar and --sums; --dir names its folder itself")
	case o.dir != "":
		return exportApart("--dir", o.dir, o.dir, o.out)
	case o.output != "":
		return exportApart("--output", o.output, filepath.Dir(o.output), o.out)
	case o.tar && isTerminal(os.Stdout):
		return errors.New("a tar is nothing for a terminal: name a file with --output, or pipe it")
	}
	return nil
}

// exportApart refuses a place in folders that are committed.
func exportApart(flag, value, dir, out string) error {
	for _, committed := range []string{overlays, out} {
		place, err := existing(committed)
		if err != nil {
			return err
		}
		relate := relation
		if place.rest != "" {
			relate = relationOfNames
		}
		if overlap, err := relate(dir, place); err != nil {
			return err
		} else if overlap == "is" || overlap == "lies in" {
			return fmt.Errorf("%s %s: lies in %s/, which is committed", flag, value, committed)
		}
	}
	return nil
}

// gather reads the files of the host, and what it needs beside them.
func (o *exportOptions) gather(stdin io.Reader, h exported) (*export.Export, error) {
	dir := h.dir(o.out)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	src := export.Source{Tree: root.FS()}
	if o.secrets != "" {
		if src.Secrets, err = readSecrets(stdin, o.secrets); err != nil {
			return nil, err
		}
	}
	if o.pki != "" {
		keys, err := os.OpenRoot(filepath.Join(o.pki, h.cluster, "hosts", h.host, "rootfs"))
		if err != nil {
			return nil, fmt.Errorf("--pki %s: %w: see khagen pki init %s", o.pki, err, h.cluster)
		}
		defer keys.Close()
		src.PKI = keys.FS()
	}
	e, err := export.Of(src, h.cluster, h.host)
	if err == nil {
		return e, nil
	}
	var all []error
	for _, one := range parts(err) {
		all = append(all, fmt.Errorf("%s: %w", dir, one))
	}
	return nil, errors.Join(all...)
}

// parts are the errors of which one consists.
func parts(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

func readSecrets(stdin io.Reader, name string) (map[string]string, error) {
	what, from := "--secrets "+name, stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--secrets: %w", err)
		}
		defer f.Close()
		from = f
	}
	content, err := io.ReadAll(io.LimitReader(from, export.MaxSecrets+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if len(content) > export.MaxSecrets {
		return nil, fmt.Errorf("%s: larger than %d bytes", what, export.MaxSecrets)
	}
	secrets, err := export.Secrets(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return secrets, nil
}
