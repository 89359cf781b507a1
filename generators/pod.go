package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/internal/upstream"
)

const manifestsFolder = "/etc/kubernetes/manifests/"

// The parts of core/v1 Pod that static pods use, in the order of the upstream types.
type (
	pod struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Metadata   metadata `yaml:"metadata"`
		Spec       podSpec  `yaml:"spec"`
	}
	metadata struct {
		Name        string            `yaml:"name"`
		Namespace   string            `yaml:"namespace,omitempty"`
		Labels      map[string]string `yaml:"labels,omitempty"`
		Annotations map[string]string `yaml:"annotations,omitempty"`
	}
	podSpec struct {
		Volumes                       []podVolume        `yaml:"volumes"`
		Containers                    []container        `yaml:"containers"`
		TerminationGracePeriodSeconds int                `yaml:"terminationGracePeriodSeconds"`
		HostNetwork                   bool               `yaml:"hostNetwork"`
		HostAliases                   []hostAlias        `yaml:"hostAliases,omitempty"`
		SecurityContext               *staticPodSecurity `yaml:"securityContext,omitempty"`
		PriorityClassName             string             `yaml:"priorityClassName"`
	}
	staticPodSecurity struct {
		SELinuxOptions seLinuxOptions `yaml:"seLinuxOptions"`
	}
	seLinuxOptions struct {
		Type string `yaml:"type"`
	}
	hostAlias struct {
		IP        string   `yaml:"ip"`
		Hostnames []string `yaml:"hostnames"`
	}
	podVolume struct {
		Name     string    `yaml:"name"`
		HostPath *hostPath `yaml:"hostPath,omitempty"`
		EmptyDir *emptyDir `yaml:"emptyDir,omitempty"`
	}
	emptyDir struct {
		Medium string `yaml:"medium"`
	}
	hostPath struct {
		Path string `yaml:"path"`
		Type string `yaml:"type"`
	}
	container struct {
		Name            string          `yaml:"name"`
		Image           string          `yaml:"image"`
		Command         []string        `yaml:"command,omitempty"`
		Args            []string        `yaml:"args,omitempty"`
		Env             []envVar        `yaml:"env,omitempty"`
		Resources       resources       `yaml:"resources"`
		VolumeMounts    []volumeMount   `yaml:"volumeMounts"`
		LivenessProbe   *probe          `yaml:"livenessProbe,omitempty"`
		SecurityContext securityContext `yaml:"securityContext"`
	}
	envVar struct {
		Name  string `yaml:"name"`
		Value any    `yaml:"value"` // a string, or one with placeholders
	}
	resources struct {
		Requests map[string]string `yaml:"requests"`
	}
	volumeMount struct {
		Name      string `yaml:"name"`
		ReadOnly  bool   `yaml:"readOnly,omitempty"`
		MountPath string `yaml:"mountPath"`
	}
	probe struct {
		HTTPGet          httpGet `yaml:"httpGet"`
		PeriodSeconds    int     `yaml:"periodSeconds"`
		FailureThreshold int     `yaml:"failureThreshold"`
	}
	httpGet struct {
		Path string `yaml:"path"`
		Port int    `yaml:"port"`
		Host string `yaml:"host"`
	}
	securityContext struct {
		Capabilities             capabilities `yaml:"capabilities"`
		RunAsUser                *int         `yaml:"runAsUser,omitempty"`
		ReadOnlyRootFilesystem   bool         `yaml:"readOnlyRootFilesystem,omitempty"`
		AllowPrivilegeEscalation bool         `yaml:"allowPrivilegeEscalation"`
	}
	capabilities struct {
		Add  []string `yaml:"add,omitempty"`
		Drop []string `yaml:"drop"`
	}
)

// newPod is a static pod on the host's network that the kubelet evicts last.
func newPod(name string, spec podSpec, annotations map[string]string) pod {
	spec.HostNetwork = true
	spec.PriorityClassName = "system-node-critical"
	return pod{
		APIVersion: "v1",
		Kind:       "Pod",
		Metadata: metadata{
			Name: name, Namespace: "kube-system",
			Labels: map[string]string{"component": name, "tier": "control-plane"}, Annotations: annotations,
		},
		Spec: spec,
	}
}

// unconfined lets a pod read the folders of its host where SELinux labels containers, and their own files alone are theirs.
// What else a pod may do, its capabilities and its user say (container_selinux(8), spc_t).
func unconfined(h *topology.Host, p pod) pod {
	if h.OS.Family == upstream.FamilyRHEL {
		p.Spec.SecurityContext = &staticPodSecurity{seLinuxOptions{"spc_t"}}
	}
	return p
}

// podFile puts a static pod where the kubelet starts it.
func podFile(c *topology.Cluster, p pod) (tree.File, error) {
	content, err := document(c, p)
	return tree.File{
		Path: manifestsFolder + p.Metadata.Name + ".yaml", Kind: tree.KindObject, Mode: 0o600, Content: content,
		Phase: tree.PhaseLoadBalancer,
	}, err
}

// folder is a volume of a whole folder: a single mounted file keeps its old content when it is replaced.
func folder(name, path string) podVolume {
	return podVolume{Name: name, HostPath: &hostPath{Path: path, Type: "Directory"}}
}

// memory is a volume for files that may go with the pod.
func memory(name string) podVolume {
	return podVolume{Name: name, EmptyDir: &emptyDir{Medium: "Memory"}}
}

// configHash makes the kubelet start the pod again when a file that it reads only at start has changed.
func configHash(content []byte) map[string]string {
	return map[string]string{tree.ConfigHashKey: tree.ConfigHash(content)}
}
