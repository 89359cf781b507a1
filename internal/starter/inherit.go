package starter

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/khagen/khagen/schema"
)

// inherit finds out what definitions above the cluster's folder say already. Where they can't be understood, they say nothing here:
// the whole definition is tried before it is written.
func (a *Answers) inherit() {
	if a.heir == a.Folder {
		return
	}
	a.heir, a.inherited = a.Folder, nil
	stub := File{path.Join(overlays, a.Folder, "cluster.cue"), []byte("package fleet\n\ncluster: name: _\n")}
	trial, err := NewTrial(".", []File{stub})
	if err != nil {
		return
	}
	defer trial.Close()
	a.inherited, _ = schema.Inherited(trial.Dir(a.Folder))
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
