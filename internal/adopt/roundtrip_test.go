package adopt

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/khagen/khagen/schema"
)

// TestRoundTrip reads the files that khagen renders for reference clusters, and gets back what their definitions say.
func TestRoundTrip(t *testing.T) {
	for _, cluster := range []string{"kubespray-haproxy", "static-pods", "kubeadm-stacked"} {
		t.Run(cluster, func(t *testing.T) {
			want, err := schema.Load(filepath.Join("../../overlays", cluster))
			if err != nil {
				t.Fatal(err)
			}
			d := &Draft{}
			read := 0
			for _, kind := range []struct {
				file string
				read func(*Draft, string, []byte) error
			}{
				{"etc/kubernetes/kubeadm/config.yaml", Kubeadm},
				{"etc/haproxy/haproxy.cfg", HAProxy},
				{"etc/keepalived/keepalived.conf", Keepalived},
			} {
				files, _ := filepath.Glob(filepath.Join("../../out", cluster, "hosts/*/rootfs", kind.file))
				for _, file := range files {
					data, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					if err := kind.read(d, file, data); err != nil {
						t.Fatal(err)
					}
					read++
				}
			}
			if read < 3 {
				t.Fatalf("only %d files", read)
			}
			sameModel(t, want, load(t, filledIn(d)))
		})
	}
}

// sameModel compares what the files have; how programs run they don't tell.
func sameModel(t *testing.T, want, got *schema.Cluster) {
	t.Helper()
	options := cmp.Options{
		cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}),
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(schema.LoadBalancer{}, "Runtime", "Image", "Port"),
		cmpopts.IgnoreFields(schema.Keepalived{}, "Runtime", "Image"),
		cmpopts.IgnoreFields(schema.VRRPCheck{}, "Weight"), // derived, but where the definition has it
	}
	for _, part := range []struct {
		name      string
		want, got any
	}{
		{"version", want.Kubernetes.Version, got.Kubernetes.Version},
		{"networking", want.Kubernetes.Networking, got.Kubernetes.Networking},
		{"kubeProxy", want.Kubernetes.KubeProxy, got.Kubernetes.KubeProxy},
		{"audit", want.Kubernetes.APIServer.Audit, got.Kubernetes.APIServer.Audit},
		{"admissionPlugins", want.Kubernetes.APIServer.AdmissionPlugins, got.Kubernetes.APIServer.AdmissionPlugins},
		{"certificates", want.Kubernetes.Certificates, got.Kubernetes.Certificates},
		{"controllerManager", want.Kubernetes.ControllerManager, got.Kubernetes.ControllerManager},
		{"endpoint", want.Endpoint, got.Endpoint},
		{"vip", want.VIP, got.VIP},
		{"loadBalancer", want.LoadBalancer, got.LoadBalancer},
	} {
		if diff := cmp.Diff(part.want, part.got, options); diff != "" {
			t.Errorf("%s (-definition +adopted):\n%s", part.name, diff)
		}
	}
	for name, h := range got.Hosts {
		if other := want.Hosts[name]; other == nil || other.Address != h.Address || other.Interface != h.Interface {
			t.Errorf("the host %s: %+v", name, h)
		}
	}
}
