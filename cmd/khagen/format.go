package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// formatFlag is a flag with a fixed set of values, the first of which is the default.
type formatFlag struct {
	value   string
	allowed []string
}

func (f *formatFlag) register(cmd *cobra.Command, allowed ...string) {
	f.registerAs(cmd, "format", "form of the output", allowed...)
}

func (f *formatFlag) registerAs(cmd *cobra.Command, name, usage string, allowed ...string) {
	f.value, f.allowed = allowed[0], allowed
	cmd.Flags().Var(f, name, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
}

func (f *formatFlag) json() bool { return f.value == "json" }

// String, Set and Type make it a pflag.Value.
func (f *formatFlag) String() string { return f.value }

// Type is what the help shows for the value.
func (f *formatFlag) Type() string { return strings.Join(f.allowed, "|") }

// Set takes one of the allowed values.
func (f *formatFlag) Set(s string) error {
	if !slices.Contains(f.allowed, s) {
		return fmt.Errorf("want %s", strings.Join(f.allowed, ", "))
	}
	f.value = s
	return nil
}

// writeJSON writes v as indented JSON and a newline; <, > and & stay readable.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
