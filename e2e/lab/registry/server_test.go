package registry

import (
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// serving gives the address of a registry that has two images of one repository, and one of another registry.
func serving(t *testing.T) (*Server, *Images, string) {
	t.Helper()
	images := keep(t, emptyStore(t),
		image{"registry.k8s.io/deep/pause:3", sample(t, 0), run{}},
		image{"registry.k8s.io/deep/pause:4", sample(t, 0), run{User: "7"}},
		image{"docker.io/library/haproxy:1-alpine", tree{}, run{}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Serve(listener, images)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, images, "http://" + listener.Addr().String()
}

// ask gives an answer and its body.
func ask(t *testing.T, method, url, part string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if part != "" {
		r.Header.Set("Range", part)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// TestServe asks for everything that there is.
func TestServe(t *testing.T) {
	_, images, url := serving(t)
	if answer, _ := ask(t, "GET", url+"/v2/", ""); answer.StatusCode != 200 || answer.Header.Get("Docker-Distribution-API-Version") != "registry/2.0" {
		t.Errorf("/v2/ says %v", answer)
	}
	d := images.byName["registry.k8s.io/deep/pause:4"]
	m, err := images.store.manifest(d)
	if err != nil {
		t.Fatal(err)
	}
	layer := m.Layers[0]
	for path, want := range map[string]descriptor{
		"/v2/deep/pause/manifests/4?ns=registry.k8s.io":       d,
		"/v2/deep/pause/manifests/4":                          d,
		"/v2/registry.k8s.io/deep/pause/manifests/4":          d,
		"/v2/deep/pause/manifests/" + d.Digest:                d,
		"/v2/deep/pause/blobs/" + m.Config.Digest:             m.Config,
		"/v2/deep/pause/blobs/" + layer.Digest:                layer,
		"/v2/library/haproxy/manifests/1-alpine?ns=docker.io": images.byName["docker.io/library/haproxy:1-alpine"],
	} {
		content, err := os.ReadFile(images.store.path(want.Digest))
		if err != nil {
			t.Fatal(err)
		}
		for method, body := range map[string]string{"GET": string(content), "HEAD": ""} {
			answer, got := ask(t, method, url+path, "")
			head := answer.Header
			if answer.StatusCode != 200 || head.Get("Content-Type") != want.MediaType || head.Get("Docker-Content-Digest") != want.Digest ||
				answer.ContentLength != want.Size || got != body {
				t.Errorf("%s %s: %v", method, path, answer)
			}
		}
	}
	whole, err := os.ReadFile(images.store.path(layer.Digest))
	if err != nil {
		t.Fatal(err)
	}
	answer, got := ask(t, "GET", url+"/v2/deep/pause/blobs/"+layer.Digest, "bytes=512-1023")
	if answer.StatusCode != http.StatusPartialContent || got != string(whole[512:1024]) {
		t.Errorf("a part is %v", answer)
	}
}

// TestServeUnknown asks for what isn't there, by the codes that clients tell them apart by.
func TestServeUnknown(t *testing.T) {
	server, images, url := serving(t)
	haproxy := images.Digest("docker.io/library/haproxy:1-alpine")
	m, err := images.store.manifest(images.byName["registry.k8s.io/deep/pause:4"])
	if err != nil {
		t.Fatal(err)
	}
	type request struct {
		method, path string
		status       int
		code         string
	}
	requests := []request{
		{"GET", "/v2/deep/pause/manifests/5?ns=registry.k8s.io", 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/deep/pause/manifests/4?ns=docker.io", 404, "NAME_UNKNOWN"},
		{"GET", "/v2/pause/manifests/4", 404, "NAME_UNKNOWN"},
		{"GET", "/v2/deep/pause/manifests/" + haproxy, 404, "MANIFEST_UNKNOWN"}, // of another repository
		{"GET", "/v2/deep/pause/manifests/" + m.Config.Digest, 404, "MANIFEST_UNKNOWN"},
		{"GET", "/v2/deep/pause/blobs/4", 404, "BLOB_UNKNOWN"},
		{"GET", "/v2/deep/pause/blobs/sha256:../../../etc/passwd", 404, "BLOB_UNKNOWN"},
		{"GET", "/v2/_catalog", 404, "UNSUPPORTED"},
		{"GET", "/", 404, "UNSUPPORTED"},
		{"POST", "/v2/deep/pause/blobs/uploads/", 405, "UNSUPPORTED"},
	}
	var missed []string
	for _, r := range requests {
		answer, body := ask(t, r.method, url+r.path, "")
		if answer.StatusCode != r.status || answer.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(body, `{"errors":[{"code":"`+r.code+`",`) {
			t.Errorf("%s %s: %s %s", r.method, r.path, answer.Status, body)
		}
		if r.status == 404 {
			missed = append(missed, r.path)
		}
	}
	if slices.Sort(missed); !slices.Equal(server.Missed(), missed) {
		t.Errorf("missed are %v, want %v", server.Missed(), missed)
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"registry.k8s.io/coredns/coredns:v1": true, "localhost:5000/pause:3": true, "haproxy:3": false, "library/haproxy:3": false,
		"docker.io/library/haproxy": false, "docker.io/haproxy:3@sha256:ab": false, "docker.io/:3": false, "docker.io/haproxy:": false,
	} {
		if _, _, _, err := splitName(name); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
