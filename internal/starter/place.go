package starter

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Place finds room for a cluster: it says what is wrong with a folder below overlays/ of the repository at root, which has clusters
// in these folders.
func Place(root, folder string, clusters []string) error {
	refuse := func(format string, args ...any) error { return Mistake{NAME, fmt.Sprintf(format, args...)} }
	if !fs.ValidPath(folder) || slices.ContainsFunc(strings.Split(folder, "/"), isHidden) {
		return refuse("%q is no place below %s/: want a name, or folders and a name, such as shop/prod", folder, overlays)
	}
	if slices.Contains(strings.Split(folder, "/"), "files") {
		return refuse("a folder called files/ holds files, and no cluster lies in it: %q", folder)
	}
	place := filepath.Join(root, overlays, filepath.FromSlash(folder))
	for _, cluster := range clusters {
		rel, err := filepath.Rel(cluster, place)
		switch inside := err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)); {
		case inside:
			return refuse("%s is a cluster, and no cluster lies in another one", cluster)
		case filepath.Base(cluster) == path.Base(folder) && rel != ".":
			return refuse("%s has that name already: names are unique in a repository", cluster)
		}
	}
	entries, err := os.ReadDir(place)
	if len(entries) > 0 {
		return refuse("%s is there already: nothing is overwritten", filepath.Join(overlays, filepath.FromSlash(folder)))
	}
	if err != nil && !os.IsNotExist(err) {
		return refuse("%v", err)
	}
	return nil
}

// isHidden says whether khagen passes over a folder of this name, or it is no name of one.
func isHidden(name string) bool {
	return name == "." || name == "cue.mod" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.ContainsAny(name, `\:`)
}
