package starter

import (
	_ "embed" // the files of a repository
	"strings"

	"github.com/khagen/khagen/schema"
)

var (
	//go:embed repository/README.md
	readme string
	//go:embed repository/gitignore
	gitignore string
	//go:embed repository/gitattributes
	gitattributes string
	//go:embed repository/khagen.yml
	workflow string
)

// Repository gives the files around the clusters of a new repository, in which CI installs this version of khagen: a release such
// as "v1.2.3", or "latest".
func Repository(version string) []File {
	return []File{
		Module(),
		{"README.md", []byte(readme)},
		{".gitignore", []byte(gitignore)},
		{".gitattributes", []byte(gitattributes)},
		{Workflow, []byte(strings.NewReplacer("VERSION", version, "REF", ref(version)).Replace(workflow))},
	}
}

// ref is where the action of a version of khagen stands.
func ref(version string) string {
	if version == "latest" {
		return "main"
	}
	return version
}

// Module is the file that makes one module of all definitions.
func Module() File { return File{overlays + "/cue.mod/module.cue", []byte(schema.ModuleFile)} }

// Workflow is the path of the CI workflow. GitHub reads it in the root of a Git repository alone.
const Workflow = ".github/workflows/khagen.yml"

// Lacks gives the lines of a file that it needs, and that somebody's own doesn't have: where keys could be committed, or trees
// be changed by Git.
func Lacks(file File, own []byte) (lines []string) {
	if file.Path != ".gitignore" && file.Path != ".gitattributes" {
		return nil
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(own)) {
		has[strings.Trim(strings.TrimSpace(line), "/")] = true
	}
	for line := range strings.Lines(string(file.Content)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, "linguist-generated") && !has[strings.Trim(line, "/")] {
			lines = append(lines, line)
		}
	}
	return lines
}
