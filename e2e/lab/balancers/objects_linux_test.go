package balancers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// objects are what all played API servers keep together, as they would in etcd.
type objects struct {
	mu    sync.Mutex
	names []string // of ConfigMaps, in the order in which they came
}

// ServeHTTP answers what clients of e2e/lab/failures ask.
func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const collection = "/api/v1/namespaces/default/configmaps"
	switch {
	case r.URL.Path == "/readyz":
		fmt.Fprint(w, "ok")
	case r.URL.Path == "/version":
		fmt.Fprint(w, `{"gitVersion":"played"}`)
	case r.URL.Path == collection && r.Method == http.MethodPost:
		o.create(w, r)
	case r.URL.Path == collection && r.Method == http.MethodGet:
		o.list(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (o *objects) create(w http.ResponseWriter, r *http.Request) {
	var object struct{ Metadata struct{ Name string } }
	if err := json.NewDecoder(r.Body).Decode(&object); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if slices.Contains(o.names, object.Metadata.Name) {
		http.Error(w, "it is there", http.StatusConflict)
		return
	}
	o.names = append(o.names, object.Metadata.Name)
	w.WriteHeader(http.StatusCreated)
}

func (o *objects) list(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	first, _ := strconv.Atoi(r.URL.Query().Get("continue")) // none of the first page
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || first > len(o.names) {
		http.Error(w, "limit and continue aren't numbers of objects", http.StatusBadRequest)
		return
	}
	end, next := min(first+limit, len(o.names)), ""
	if end < len(o.names) {
		next = strconv.Itoa(end)
	}
	items := []any{}
	for _, name := range o.names[first:end] {
		items = append(items, map[string]any{"metadata": map[string]string{"name": name}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"metadata": map[string]string{"continue": next}, "items": items})
}
