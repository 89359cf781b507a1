package overlay

import (
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// remote is what kustomize would fetch: files and repositories by URL, repositories of GitHub also without scheme, and those of
// whatever host in the form of scp. It takes more for remote than kustomize does.
var remote = regexp.MustCompile(`(?i)://|^git::|^(www\.)?github\.com[/:]|^[^/]*@[^/]*[:/]|^[^/]+:|\?ref=|\?version=`)

const remoteHint = "khagen fetches nothing: download it, keep it in overlays/ and name it by its path"

// reference gives the file or folder that a value of a kustomization names, if it is one below overlays/.
func (r *repository) reference(name string, value *yaml.Node) (string, bool) {
	if value.Kind != yaml.ScalarNode || strings.TrimSpace(value.Value) == "" {
		r.report(r.position(name, value), "not a path", "paths are relative to the kustomization that names them")
		return "", false
	}
	return r.local(name, value, value.Value)
}

// local is the file that a path in a value means.
func (r *repository) local(name string, value *yaml.Node, given string) (string, bool) {
	pos := r.position(name, value)
	switch joined := path.Join(path.Dir(name), given); {
	case remote.MatchString(given):
		r.report(pos, quoted(given)+" isn't a local file", remoteHint)
	case strings.ContainsAny(given, "\n"):
		r.report(pos, "objects inline instead of a path", "write them to a file and name it here")
	case path.IsAbs(given):
		r.report(pos, quoted(given)+" is an absolute path", "paths are relative to the kustomization that names them")
	case joined == ".." || strings.HasPrefix(joined, "../"):
		r.report(pos, quoted(given)+" leads out of overlays/", "what clusters share lies in a folder of overlays/, such as overlays/components/")
	default:
		return joined, true
	}
	return "", false
}

// elements are those of a list; another value is reported.
func (r *repository) elements(name, key string, list *yaml.Node) []*yaml.Node {
	if list == nil || list.ShortTag() == "!!null" {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		r.report(r.position(name, list), key+" isn't a list", "each of its lines begins with \"- \"")
		return nil
	}
	return list.Content
}
