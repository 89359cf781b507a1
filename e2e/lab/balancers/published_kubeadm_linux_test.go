package balancers

import (
	"cmp"
	"errors"
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
)

// attempt is something that a document has one do, with a program of Kubernetes.
type attempt struct {
	what, program string
	args          []string
	files         []string // each is FILE in args once
	says          string   // a part of what comes of it: where that changes, somebody has to look
}

// configurations are the document's, below testdata/published/kubeadm-stacked.
var configurations = []string{"kubeadm-config.yaml", "apiserver.yaml", "controller-manager.yaml", "scheduler.yaml"}

var attempts = []attempt{
	{
		"kubeadm init does not start", "kubeadm",
		[]string{"init", "--config=FILE", "--experimental-upload-certs"},
		configurations[:1], "unknown flag: --experimental-upload-certs",
	},
	{
		"nor does kubeadm join", "kubeadm",
		[]string{"join", "192.168.80.129:6443", "--experimental-control-plane"},
		nil, "unknown flag: --experimental-control-plane",
	},
	{
		"without these flags, kubeadm refuses all four configurations", "kubeadm",
		[]string{"config", "validate", "--config=FILE"},
		configurations, "uses an old API spec",
	},
	{
		"kubeadm config migrate refuses them as well", "kubeadm",
		[]string{"config", "migrate", "--old-config=FILE"},
		configurations, "uses an old API spec",
	},
	{
		"kube-controller-manager does not start with the flags in its configuration", "kube-controller-manager",
		[]string{"--cluster-signing-key-file=/home/johndoe/keys/ca.key", "--bind-address=0.0.0.0", "--deployment-controller-sync-period=50"},
		nil,
		"unknown flag: --deployment-controller-sync-period",
	},
	{
		"kube-scheduler does not start with those in its own", "kube-scheduler",
		[]string{"--address=0.0.0.0", "--config=/home/johndoe/schedconfig.yaml", "--kubeconfig=/home/johndoe/kubeconfig.yaml"},
		nil,
		"unknown flag: --address",
	},
}

// TestPublishedKubeadm does what the document of kubeadm-stacked says, with the programs of today. It has no balancer, and nothing of
// it begins a cluster that something could happen to: the figures have what the programs say.
func TestPublishedKubeadm(t *testing.T) {
	needReport(t)
	c := cluster.Reference(t, "kubeadm-stacked", cluster.Needs{})
	programs, err := lab.Programs("k8s-" + c.Topology.Version.MajorMinor())
	if err != nil {
		t.Fatal(err)
	}
	figures := failures.Figures{
		System: c.Topology.Spec.Name, Variant: failures.Published, Date: time.Now().UTC().Format(time.DateOnly),
		Versions: map[string]string{"Kubernetes": c.Topology.Spec.Kubernetes.Version},
		Notes:    []string{"Nothing of it starts, so that nothing could happen to it."},
	}
	for _, a := range attempts {
		figures.Broken = append(figures.Broken, failures.Broken{What: a.what, Says: a.try(t, programs)})
	}
	if err := figures.Write(failures.ReportFolder()); err != nil {
		t.Error(err)
	}
}

// refusal is what programs of Kubernetes say last, between a list of all their flags and advice on debugging.
var refusal = regexp.MustCompile(`(?im)^error: .*$`)

// try gives what the program says, of the first file where there are several.
func (a *attempt) try(t *testing.T, programs string) string {
	t.Helper()
	first := ""
	for _, file := range append(slices.Clone(a.files), "")[:max(1, len(a.files))] {
		args := slices.Clone(a.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "FILE", filepath.Join("testdata/published/kubeadm-stacked", file))
		}
		output, err := exec.CommandContext(t.Context(), filepath.Join(programs, a.program), args...).CombinedOutput()
		says := refusal.FindString(string(output))
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !strings.Contains(says, a.says) {
			t.Fatalf("%s, %s: want %q, got %v: %s", a.what, file, a.says, err, output)
		}
		first = cmp.Or(first, says)
	}
	return first
}
