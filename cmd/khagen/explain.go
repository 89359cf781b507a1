package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/khagen/khagen/schema"
)

// explanation is a field of the schema with those below it.
type explanation struct {
	schema.Field
	Fields []schema.Field `json:"fields,omitempty"`
}

func newExplainCmd() *cobra.Command {
	var format formatFlag
	cmd := &cobra.Command{
		Use:   "explain [FIELD]",
		Short: "Say what a field of a definition means",
		Long: `Explain prints what the schema says about a field: what it is for, its type, default
and allowed values, and the fields below it. Without a field, it lists the top level.`,
		Example: `  khagen explain
  khagen explain loadBalancer.healthCheck
  khagen explain hosts.NAME.vrrp`,
		ValidArgsFunction: completeFields,
		Args:              cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := explain(strings.Join(args, ""))
			if err != nil {
				return err
			}
			if format.json() {
				return writeJSON(cmd.OutOrStdout(), e)
			}
			return e.print(cmd.OutOrStdout())
		},
	}
	format.register(cmd, "text", "json")
	return cmd
}

func explain(path string) (explanation, error) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "cluster"), ".") // as it stands in definitions
	field, err := schema.Explain(path)
	if err != nil {
		return explanation{}, err
	}
	e := explanation{Field: field}
	for _, name := range field.Children {
		below, err := schema.Explain(join(path, name))
		if err != nil {
			return explanation{}, err
		}
		e.Fields = append(e.Fields, below)
	}
	return e, nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (e *explanation) print(w io.Writer) error {
	facts := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, fact := range [][2]string{
		{"field", e.Path}, {"type", e.Type}, {"allowed", e.Allowed}, {"default", e.Default},
	} {
		if fact[1] != "" {
			fmt.Fprintf(facts, "%s:\t%s\n", fact[0], fact[1])
		}
	}
	if e.Required {
		fmt.Fprintf(facts, "required:\tyes\n")
	}
	if err := facts.Flush(); err != nil {
		return err
	}
	if e.Doc != "" {
		fmt.Fprintf(w, "\n%s\n", e.Doc)
	}
	if len(e.Fields) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, field := range e.Fields {
		summary, _, _ := strings.Cut(field.Doc, "\n")
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.Children[i], field.Type, summary)
	}
	return table.Flush()
}

// completeFields offers the fields below the path that is typed so far.
func completeFields(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	parent := ""
	if i := strings.LastIndexByte(typed, '.'); i >= 0 {
		parent = typed[:i]
	}
	field, err := schema.Explain(parent)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var fields []string
	for _, name := range field.Children {
		fields = append(fields, join(parent, name))
	}
	return fields, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
