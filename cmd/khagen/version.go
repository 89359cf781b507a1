package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/internal/upstream"
)

// build identifies a binary of khagen. It never gets into a rendered file.
type build struct {
	Version  string `json:"version"` // "(devel)" where it was built without version control
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a work tree with changes
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCmd() *cobra.Command {
	var format formatFlag
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of khagen",
		Example: "  khagen version --format json",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			if format.json() {
				return writeJSON(cmd.OutOrStdout(), b)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "khagen %s (%s, %s)\n", b.Version, b.Go, b.Platform)
			return err
		},
	}
	format.register(cmd, "text", "json")
	return cmd
}

// thisBuild reads what the Go toolchain stamped into the binary.
func thisBuild() build {
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// isOlder says whether the release own is older than the one wanted. What isn't built from a release can be anything,
// and is never older.
func isOlder(own, wanted string) bool {
	have, err := upstream.ParseVersion(strings.TrimPrefix(own, "v"))
	if err != nil {
		return false
	}
	want, err := upstream.ParseVersion(wanted)
	return err == nil && have.Compare(want) < 0
}
