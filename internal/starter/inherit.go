package starter

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/khagen/khagen/schema"
)

// inherit finds out what definitions above the cluster's folder say already.
func (a *Answers) inherit() {
	if a.heir != a.Folder {
		a.heir, a.inherited = a.Folder, Inherited(a.Folder)
	}
}

// Inherited gives what definitions above the folder of a new cluster say, as schema.Inherited does. Where they can't be understood, they
// say nothing here: the whole definition is tried before it is written.
func Inherited(folder string) map[string]string {
	stub := File{path.Join(overlays, folder, "cluster.cue"), []byte("package fleet\n\ncluster: name: _\n")}
	trial, err := NewTrial(".", []File{stub})
	if err != nil {
		return nil
	}
	defer trial.Close()
	said, _ := schema.Inherited(trial.Dir(folder))
	return said
}

// inherits gives the answer that definitions above have for a question.
func (a *Answers) inherits(q *Question) (answer string, ok bool) {
	data, ok := a.inherited[q.field]
	if !ok || q.field == "" {
		return "", false
	}
	var list []string
	if json.Unmarshal([]byte(data), &list) == nil {
		return strings.Join(list, ","), len(list) > 0
	}
	return answer, json.Unmarshal([]byte(data), &answer) == nil && answer != ""
}

// hasSaid tells whether definitions above say this of a field, or anything where nobody was asked for it.
func (a *Answers) hasSaid(asked bool, value any, path []string) bool {
	said, ok := a.inherited[strings.Join(path, ".")]
	if !ok || !asked {
		return ok
	}
	data, err := json.Marshal(value)
	return err == nil && said == string(data)
}
