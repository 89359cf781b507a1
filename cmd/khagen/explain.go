package main

import (
	"io"
	"strings"
	"unicode/utf8"

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
and allowed values, and the fields below it. Without a field it lists those of a cluster,
and files, which stands beside it.`,
		Example: `  khagen explain
  khagen explain loadBalancer.healthCheck
  khagen explain hosts.NAME.vrrp`,
		ValidArgsFunction: completeFields,
		Args:              atMost(1),
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

// explain gathers what there is to say about a field. Below a map stand the fields of its values.
func explain(path string) (explanation, error) {
	field, err := fieldAt(path)
	if err != nil {
		return explanation{}, err
	}
	e := explanation{Field: field}
	if len(field.Children) == 1 && field.Children[0] == anyName {
		values, err := schema.Explain(join(field.Path, anyName))
		if err == nil && len(values.Children) > 0 {
			field = values
		}
	}
	for _, name := range field.Children {
		below, err := schema.Explain(join(field.Path, name))
		if err != nil {
			return explanation{}, err
		}
		e.Fields = append(e.Fields, below)
	}
	return e, nil
}

// fieldAt is the field at a path, which may begin with cluster, as in a definition. At the empty one is all that a definition has.
func fieldAt(path string) (schema.Field, error) {
	inCluster := path
	if rest, ok := strings.CutPrefix(path+".", "cluster."); ok {
		inCluster = strings.TrimSuffix(rest, ".")
	}
	field, err := schema.Explain(inCluster)
	if path == "" {
		field.Children = append(field.Children, schema.BesideCluster()...)
	}
	return field, err
}

// anyName stands in paths for the keys of a map, which are the user's.
const anyName = "NAME"

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (e *explanation) print(w io.Writer) error {
	var parts []string
	for _, part := range []string{columns(e.facts()), e.Doc + "\n", columns(e.below())} {
		if strings.TrimSpace(part) != "" {
			parts = append(parts, part)
		}
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n"))
	return err
}

// facts has a row for each thing that is known about the field itself. The cluster as a whole needs none.
func (e *explanation) facts() [][]string {
	if e.Path == "" {
		return nil
	}
	facts := [][]string{{"field:", e.Path}, {"type:", e.Type}}
	if e.Allowed != "" {
		facts = append(facts, []string{"allowed:", e.Allowed})
	}
	if e.Required {
		facts = append(facts, []string{"required:", "yes"})
	}
	if e.Default != "" {
		facts = append(facts, []string{"default:", e.Default})
	}
	return facts
}

// below has a row for each field below: name, type, default and what it is for.
func (e *explanation) below() [][]string {
	var rows [][]string
	for _, field := range e.Fields {
		name := strings.TrimPrefix(strings.TrimPrefix(field.Path, e.Path), ".")
		preset := field.Default
		if field.Required {
			preset = "required"
		}
		summary, _, _ := strings.Cut(field.Doc, "\n")
		rows = append(rows, []string{name, field.Type, preset, summary})
	}
	return rows
}

// columns sets rows below each other, two blanks between the columns and none behind the last.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return text.String()
}

// completeFields offers the fields below the path that is typed so far.
func completeFields(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	parent := typed[:max(0, strings.LastIndexByte(typed, '.'))]
	field, err := fieldAt(parent)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	fields := make([]string, len(field.Children))
	for i, name := range field.Children {
		fields[i] = join(parent, name)
	}
	return fields, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
