package upstream

import (
	"slices"
	"testing"
)

func version(t *testing.T, text string) Version {
	t.Helper()
	v, err := ParseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDefaultContainerd: what is taken where nothing is written goes with every version of Kubernetes.
func TestDefaultContainerd(t *testing.T) {
	if !slices.Contains(ContainerdReleases(), DefaultContainerd) {
		t.Errorf("containerd %s is not known", DefaultContainerd)
	}
	for minor := range newestPatches {
		if least := ContainerdFor(Version{1, minor, 0}); least != "" && version(t, DefaultContainerd).Compare(version(t, least)) < 0 {
			t.Errorf("Kubernetes 1.%d goes with containerd %s or newer", minor, least)
		}
	}
}

func TestFlagProblem(t *testing.T) {
	for _, test := range []struct{ component, flag, version, want string }{
		{APIServer, "insecure-port", "1.36.3", "was removed in Kubernetes 1.24"},
		{APIServer, "cloud-provider", "1.32.13", ""},
		{APIServer, "cloud-provider", "1.33.0", "was removed in Kubernetes 1.33"},
		{APIServer, "tls-curve-preferences", "1.35.9", "exists from Kubernetes 1.36 on"},
		{APIServer, "tls-curve-preferences", "1.36.0", ""},
		{APIServer, "goaway-chance", "1.36.3", ""},
		{APIServer, "service-cluster-ip", "1.36.3", "is no flag of kube-apiserver"},
		{APIServer, "insecure-prot", "1.31.0", "is no flag of kube-apiserver"},
		{APIServer, "insecure-prot", "1.28.0", "is no flag of kube-apiserver"},
		{APIServer, "authorization-config", "1.28.15", "exists from Kubernetes 1.29 on"},
		{ControllerManager, "volume-host-cidr-denylist", "1.30.14", ""},
		{APIServer, "insecure-prot", "1.38.0", ""}, // which khagen doesn't know
		{APIServer, "apiserver-count", "1.36.3", ""},
		{ControllerManager, "webhook-tls-min-version", "1.36.3", "is no flag of kube-controller-manager"}, // the cloud's has it
		{Scheduler, "logtostderr", "1.36.3", "was removed in Kubernetes 1.26"},
		{Kubelet, "pod-infra-container-image", "1.34.9", ""},
		{Kubelet, "pod-infra-container-image", "1.35.0", "was removed in Kubernetes 1.35"},
		{Kubelet, "api-servers", "1.31.0", "was removed long ago"},
		{Etcd, "experimental-initial-corrupt-check", "3.6.8", ""},
		{Etcd, "experimental-initial-corrupt-check", "3.7.0", "was removed in etcd 3.7"},
		{Etcd, "max-learners", "3.5.24", "exists from etcd 3.6 on"},
		{Etcd, "experimental-initial-corupt-check", "3.7.0", "is no flag of etcd"},
		{Etcd, "experimental-enable-v2v3", "3.5.24", ""},
		{Etcd, "experimental-enable-v2v3", "3.6.8", "was removed in etcd 3.6"},
		{Etcd, "discovery-endpoints", "3.5.24", "exists from etcd 3.6 on"},
		{Etcd, "snapshot-cont", "3.6.16", "is no flag of etcd"},
		{Etcd, "snapshot-cont", "3.6.17", ""},            // which khagen doesn't know
		{Etcd, "log-dir", "3.6.8", "is no flag of etcd"}, // of klog, which etcd never had
	} {
		if got, _ := FlagProblem(test.component, test.flag, version(t, test.version)); got != test.want {
			t.Errorf("%s --%s at %s: got %q, want %q", test.component, test.flag, test.version, got, test.want)
		}
	}
}

// TestFlagTables holds each flag to one place, in which it is found.
func TestFlagTables(t *testing.T) {
	for component, flags := range steady {
		for i, flag := range flags {
			if i > 0 && flag <= flags[i-1] {
				t.Errorf("%s: %s stands behind %s", component, flag, flags[i-1])
			}
			if _, twice := lives[component][flag]; twice {
				t.Errorf("%s: %s comes or goes, and stands among the steady ones", component, flag)
			}
		}
	}
}

// TestDefaultEtcdRead: what kubeadm deploys is among the releases whose flags were read.
func TestDefaultEtcdRead(t *testing.T) {
	for minor := oldestFlags; minor <= newestFlags; minor++ {
		if etcd := DefaultEtcd(Version{1, minor, 0}); !flagsRead(Etcd, version(t, etcd)) {
			t.Errorf("Kubernetes 1.%d deploys etcd %s", minor, etcd)
		}
	}
}

func TestKubeadmGateProblem(t *testing.T) {
	for _, test := range []struct {
		name, version string
		on            bool
		want          string
	}{
		{"NodeLocalCRISocket", "1.31.14", true, "exists from kubeadm 1.32 on"},
		{"NodeLocalCRISocket", "1.35.0", false, ""},
		{"NodeLocalCRISocket", "1.36.0", false, "can't be switched off since kubeadm 1.36"},
		{"NodeLocalCRISocket", "1.37.0", true, "was removed in kubeadm 1.37"},
		{"RootlessControlPlane", "1.37.0", true, ""},
		{"EtcdLearnerMode", "1.28.15", false, ""},
		{"UpgradeAddonsBeforeControlPlane", "1.31.14", true, "was removed in kubeadm 1.31"},
		{"WaitForAllControlPlaneComponents", "1.29.15", true, "exists from kubeadm 1.30 on"},
		{"NodeSwap", "1.36.0", true, "is no feature gate of kubeadm"},
	} {
		if got := KubeadmGateProblem(test.name, test.on, version(t, test.version)); got != test.want {
			t.Errorf("%s at %s: got %q, want %q", test.name, test.version, got, test.want)
		}
	}
}

// TestKubernetesMinors holds what khagen knows of every version that a definition may name.
func TestKubernetesMinors(t *testing.T) {
	for _, test := range []struct {
		version, config, pause, etcd, coreDNS, containerd string
	}{
		{"1.28.15", "v1beta3", "3.9", "3.5.15", "v1.10.1", "1.6"},
		{"1.29.15", "v1beta3", "3.9", "3.5.16", "v1.11.1", "1.6"},
		{"1.30.14", "v1beta3", "3.9", "3.5.15", "v1.11.3", "1.6"},
		{"1.31.14", "v1beta4", "3.10", "3.5.24", "v1.11.3", "1.7"},
		{"1.32.13", "v1beta4", "3.10", "3.5.24", "v1.11.3", "1.7"},
		{"1.33.13", "v1beta4", "3.10", "3.5.24", "v1.12.0", "1.7"},
		{"1.34.10", "v1beta4", "3.10.1", "3.6.4", "v1.12.1", "1.7"},
		{"1.35.10", "v1beta4", "3.10.1", "3.6.6", "v1.13.1", "1.7"},
		{"1.36.5", "v1beta4", "3.10.2", "3.6.8", "v1.14.2", "2.2"},
		{"1.37.2", "v1beta4", "3.10.2", "3.7.0", "v1.14.6", "2.3"},
	} {
		v := version(t, test.version)
		got := []string{KubeadmAPI(v), PauseTag(v), DefaultEtcd(v), CoreDNSImage("r", v), ContainerdFor(v)}
		want := []string{"kubeadm.k8s.io/" + test.config, test.pause, test.etcd, "r/coredns:" + test.coreDNS, test.containerd}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", test.version, got, want)
		}
		if patch, _ := NewestPatch(v); patch != v.Patch {
			t.Errorf("%s: the newest patch is %d", test.version, patch)
		}
	}
}

func TestKubeletTakesLabel(t *testing.T) {
	for key, want := range map[string]bool{
		"rack":                                true,
		"example.net/rack":                    true,
		"mykubernetes.io/rack":                true,
		"node.kubernetes.io/pool":             true,
		"sub.node.kubernetes.io/pool":         true,
		"kubelet.kubernetes.io/pool":          true,
		"topology.kubernetes.io/zone":         true,
		"kubernetes.io/os":                    true,
		"kubernetes.io/rack":                  false,
		"k8s.io/rack":                         false,
		"example.k8s.io/rack":                 false,
		"node-role.kubernetes.io/worker":      false,
		"node-restriction.kubernetes.io/pool": false,
	} {
		if got := KubeletTakesLabel(key); got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}

func TestAdmissionPluginProblem(t *testing.T) {
	for _, test := range []struct{ name, version, want string }{
		{"AlwaysPullImages", "1.31.14", ""},
		{"PodSecurityPolicy", "1.31.14", "was removed in Kubernetes 1.25"},
		{"PersistentVolumeLabel", "1.30.14", ""},
		{"PersistentVolumeLabel", "1.31.14", "was removed in Kubernetes 1.31"},
		{"JobValidation", "1.35.0", "exists from Kubernetes 1.36 on"},
		{"JobValidation", "1.36.4", ""},
		{"JobValidation", "1.37.1", "was removed in Kubernetes 1.37"},
		{"AlwaysPullImage", "1.36.4", "is no admission plugin of kube-apiserver"},
	} {
		if got := AdmissionPluginProblem(test.name, version(t, test.version)); got != test.want {
			t.Errorf("%s at %s: got %q, want %q", test.name, test.version, got, test.want)
		}
	}
}

// TestInitNeedsEndpoint: of each minor version, init waits for the endpoint up to a patch.
func TestInitNeedsEndpoint(t *testing.T) {
	for version, want := range map[string]bool{
		"1.28.15": false, // admin.conf has every right from the start
		"1.29.0":  true, "1.32.13": true, "1.33.11": true, "1.33.12": false, "1.34.7": true, "1.34.8": false, "1.35.4": true,
		"1.35.5": false, "1.36.0": true, "1.36.1": false, "1.37.0": false,
	} {
		v, err := ParseVersion(version)
		if err != nil {
			t.Fatal(err)
		}
		if got := InitNeedsEndpoint(v); got != want {
			t.Errorf("InitNeedsEndpoint(%s) = %v", version, got)
		}
	}
}
