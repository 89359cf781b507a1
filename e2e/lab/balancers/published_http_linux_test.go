package balancers

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/e2e/lab/registry"
	"github.com/khagen/khagen/internal/topology"
)

// publishedHTTP has the files of the document whose nginx speaks HTTP to API servers that serve it without TLS.
const publishedHTTP = "testdata/published/container-nginx"

// TestPublishedHTTP starts what that document has as far as it starts, and tells why nothing can be measured behind it.
func TestPublishedHTTP(t *testing.T) {
	needReport(t)
	c := cluster.Reference(t, "container-nginx", cluster.Needs{})
	f := failures.Figures{
		System: c.Topology.Spec.Name, Variant: failures.Published, Date: time.Now().UTC().Format(time.DateOnly),
		Notes: []string{"Its nginx ran in podman in place of docker. No failure was measured: there is no API behind it."},
	}
	f.Broken = append(f.Broken, forwards(t, c))
	for _, program := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"} {
		f.Broken = append(f.Broken, refuses(t, c.Topology.Version.MajorMinor(), program))
	}
	t.Logf("%+v", f.Broken)
	if err := f.Write(failures.ReportFolder()); err != nil {
		t.Error(err)
	}
}

// forwards starts nginx as the document does, in front of hosts that serve nothing on the insecure port any more, and gives
// what a client gets and what nginx says of it.
func forwards(t *testing.T, c *cluster.Cluster) failures.Broken {
	t.Helper()
	l := bare(t, c)
	h := l.Host(c.Topology.LoadBalancers[0].Name)
	// As in the document, but for podman, which doesn't know where a nginx without a registry comes from.
	const start = "podman run -d --name k8snginx -p 8543:8888 -v `pwd`/conf.d:/etc/nginx/conf.d docker.io/library/nginx"
	if _, err := h.Run(t.Context(), "sh", "-c", "cd /root && "+start); err != nil {
		t.Fatal(err)
	}
	url := "http://" + topology.HostPort(c.Topology.LoadBalancers[0].Address(), 8543) + "/version"
	var answer *http.Response
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err = http.DefaultTransport.RoundTrip(request); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	answer.Body.Close()
	log, err := h.Run(t.Context(), "podman", "logs", "k8snginx")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(log)
	first, _, _ := strings.Cut(complaint(log), "; ") // the others say the same of other hosts
	return failures.Broken{What: "nginx starts, and has nobody to forward to: clients get " + answer.Status, Says: first}
}

// bare starts the balancer's host, with the document's file and podman's way to the image, and control planes on which nothing runs.
func bare(t *testing.T, c *cluster.Cluster) *lab.Lab {
	t.Helper()
	images, err := registry.Make(t.Context(), registry.Versions{Nginx: "docker.io/library/nginx:latest"})
	if err != nil {
		t.Fatal(err)
	}
	cluster.Serve(t, images)
	config, err := os.ReadFile(filepath.Join(publishedHTTP, "mynginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	c.Topology.Hosts = slices.DeleteFunc(c.Topology.Hosts, (*topology.Host).IsNode)
	l, err := c.Start(t.Context(), cluster.Setup{Adapt: func(h *topology.Host, spec *lab.HostSpec) {
		if h.IsLoadBalancer() {
			spec.Files = append(spec.Files, lab.File{Path: "/root/conf.d/mynginx.conf", Content: config},
				registry.PodmanMirror("docker.io", c.Client().Addr().String()+":"+cluster.RegistryPort))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// lastOption is none of any program, so that none starts whatever it is told before.
const lastOption = "--and-no-more"

var unknownFlag = regexp.MustCompile(`unknown flag: (--[^\s="]+)`)

// refuses asks a program what it makes of the document's options, and gives each that it doesn't know, in the order in which
// it says so: without one it goes on to the next.
func refuses(t *testing.T, minor, program string) failures.Broken {
	t.Helper()
	bin, err := lab.Programs("k8s-" + minor)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(publishedHTTP, program))
	if err != nil {
		t.Fatal(err)
	}
	_, options, _ := strings.Cut(string(text), "=")
	args := strings.Fields(strings.ReplaceAll(strings.Trim(options, "\"\n"), "\\\n", " "))
	var says []string
	for {
		output, _ := exec.CommandContext(t.Context(), filepath.Join(bin, program), append(args, lastOption)...).CombinedOutput()
		match := unknownFlag.FindStringSubmatch(string(output))
		switch {
		case match == nil:
			t.Fatalf("%s says nothing of %s: %s", program, lastOption, output)
		case match[1] == lastOption:
			return failures.Broken{What: program + " does not start; what it refuses, one after the other", Says: strings.Join(says, "; ")}
		}
		says = append(says, match[0])
		args = slices.DeleteFunc(args, func(arg string) bool { return strings.HasPrefix(arg, match[1]+"=") })
	}
}
