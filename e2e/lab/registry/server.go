package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is a registry that runs.
type Server struct {
	server       *http.Server
	store        store
	repositories map[string]repository // by registry and path: registry.k8s.io/pause

	mu     sync.Mutex
	missed map[string]bool
}

// repository is what one path of a registry has.
type repository struct {
	tags  map[string]descriptor // manifests
	blobs map[string]descriptor // by digest, manifests too
}

// Serve answers pulls of images, over plain HTTP, until Close. It reads no credentials and takes nothing in. Containerd asks
// a mirror with the registry that it stands for, as ns=registry.k8s.io; who asks without gets any image of that path.
func Serve(listener net.Listener, images *Images) (*Server, error) {
	s := &Server{store: images.store, repositories: map[string]repository{}, missed: map[string]bool{}}
	for _, name := range images.Names() {
		if err := s.add(name, images.byName[name]); err != nil {
			return nil, fmt.Errorf("serve image %s: %w", name, err)
		}
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = s.server.Serve(listener) }() // until it is closed
	return s, nil
}

// Close ends the server, its listener and all pulls.
func (s *Server) Close() error { return s.server.Close() }

// Missed are the paths that were asked for and aren't there, such as /v2/coredns/coredns/manifests/v1.14.2?ns=registry.k8s.io.
func (s *Server) Missed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.missed))
}

func (s *Server) add(name string, d descriptor) error {
	host, path, tag, err := splitName(name)
	if err != nil {
		return err
	}
	m, err := s.store.manifest(d)
	if err != nil {
		return err
	}
	of, is := s.repositories[host+"/"+path]
	if !is {
		of = repository{map[string]descriptor{}, map[string]descriptor{}}
		s.repositories[host+"/"+path] = of
	}
	of.tags[tag] = d
	for _, blob := range append(m.parts(), d) {
		of.blobs[blob.Digest] = blob
	}
	return nil
}

// find gives the repository of a path. Where nobody says of which registry, the first that has it counts.
func (s *Server) find(registry, path string) (repository, bool) {
	if registry != "" {
		found, is := s.repositories[registry+"/"+path]
		return found, is
	}
	for _, name := range slices.Sorted(maps.Keys(s.repositories)) {
		if _, own, _ := strings.Cut(name, "/"); own == path || name == path {
			return s.repositories[name], true
		}
	}
	return repository{}, false
}

// ServeHTTP answers by https://github.com/opencontainers/distribution-spec.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "nothing can be pushed")
		return
	}
	path, is := strings.CutPrefix(r.URL.Path, "/v2/")
	if is && path == "" {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintln(w, "{}")
		return
	}
	d, err := s.lookUp(r.URL.Query().Get("ns"), path)
	var unknown unknownError
	if errors.As(err, &unknown) || !is {
		s.mu.Lock()
		s.missed[r.URL.RequestURI()] = true
		s.mu.Unlock()
		refuse(w, http.StatusNotFound, unknown.code, unknown.Error())
		return
	}
	s.send(w, r, d)
}

// unknownError is that there is no such thing, by the code that clients know.
type unknownError struct{ code, what string }

func (e unknownError) Error() string { return "there is no " + e.what }

// lookUp gives what a path names: REPOSITORY/manifests/TAG, REPOSITORY/manifests/DIGEST or REPOSITORY/blobs/DIGEST.
func (s *Server) lookUp(registry, path string) (descriptor, error) {
	for _, kind := range []struct{ separator, code string }{{"/manifests/", "MANIFEST_UNKNOWN"}, {"/blobs/", "BLOB_UNKNOWN"}} {
		at := strings.LastIndex(path, kind.separator)
		if at < 0 {
			continue
		}
		name, reference := path[:at], path[at+len(kind.separator):]
		of, is := s.find(registry, name)
		if !is {
			return descriptor{}, unknownError{"NAME_UNKNOWN", fmt.Sprintf("repository %s of %q", name, registry)}
		}
		d, is := of.blobs[reference]
		manifests := kind.code == "MANIFEST_UNKNOWN"
		if tagged, has := of.tags[reference]; manifests && has {
			d, is = tagged, true
		}
		if !is || manifests && d.MediaType != manifestType {
			return descriptor{}, unknownError{kind.code, reference + " of " + name}
		}
		return d, nil
	}
	return descriptor{}, unknownError{"UNSUPPORTED", "path /v2/" + path}
}

// send sends a blob, or the part that was asked for.
func (s *Server) send(w http.ResponseWriter, r *http.Request, d descriptor) {
	f, err := os.Open(s.store.path(d.Digest))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
		return
	}
	defer f.Close()
	w.Header().Set("Content-Type", d.MediaType)
	w.Header().Set("Docker-Content-Digest", d.Digest)
	w.Header().Set("ETag", `"`+d.Digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.NewEncoder(w).Encode(map[string][]problem{"errors": {{code, message}}}) // who asked may be gone
}
