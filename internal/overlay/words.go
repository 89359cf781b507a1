package overlay

import (
	"regexp"
	"strings"
)

// words are what kustomize says of mistakes that people often make, what it means, and what to do. The first that fits is taken.
var words = []struct {
	theirs        *regexp.Regexp
	problem, hint string
}{
	{regexp.MustCompile(`unknown field "([^"]*)"`), "kustomize has no field ${1} there", "compare with https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/"},
	{regexp.MustCompile(`already registered id: ([^ .]*)\.[^ /]*/([^ .]*)`), "an object is there twice: ${1} ${2}", "list its file once"},
	{regexp.MustCompile(`no resource matches strategic merge patch "([^."]*)\.[^"]*/([^."]*)\.[^"]*"`), "no resource for the patch of ${1} ${2}", "kind, name and namespace have to be those of a resource"},
	{regexp.MustCompile(`no matches for Id ([^ .]*)\.\S*/([^ .]*)`), "no resource for the patch of ${1} ${2}", "kind, name and namespace have to be those of a resource"},
	{regexp.MustCompile(`kustomization\.yaml is empty`), "a kustomization that does nothing", "list files under resources, or take it away"},
	{regexp.MustCompile(`missing metadata\.name in object (.*)`), "an object without metadata.name", "give it a name"},
	{regexp.MustCompile(`error parsing regexp: ([^:]*)`), "a target that is no regular expression: ${1}", "kind, name and their like are regular expressions of the whole text"},
	{regexp.MustCompile(`must specify a target for JSON patch`), "a JSON 6902 patch without a target", "add target: {kind: …}"},
	{regexp.MustCompile(`unable to parse SM or JSON patch from (.*)`), "a patch that is neither a strategic merge nor JSON 6902: ${1}", "a strategic merge has kind, apiVersion and metadata.name; JSON 6902 is a list of operations, and JSON with all its quotes where it begins with ["},
	{regexp.MustCompile(`error in (\w+) for path: '([^']*)'`), "${1} ${2}: the object has no such field", "a path has every name from the object's top; ~1 stands for a slash in a name"},
	{regexp.MustCompile(`cycle detected.*`), "a folder that includes itself", "take it out of resources"},
}

// words puts an error of kustomize into words for people.
func (b *builder) words(err error) (problem, hint string) {
	theirs := strings.Join(strings.Fields(err.Error()), " ")
	theirs = strings.ReplaceAll(theirs, "/"+overlays+"/", b.shown+"/")
	for _, w := range words {
		if at := w.theirs.FindStringSubmatchIndex(theirs); at != nil {
			return string(w.theirs.ExpandString(nil, w.problem, theirs, at)), w.hint
		}
	}
	return "kustomize can't build it: " + theirs, "kustomize build of the same folder says the same"
}
