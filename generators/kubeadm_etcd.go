package generators

import (
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/tree"
)

// kubeadmEtcd tells kubeadm to run etcd beside each API server, or where it is that others run: khagen's units, or someone
// else.
func kubeadmEtcd(c *topology.Cluster) etcdConfiguration {
	if c.Spec.Etcd.Topology == topology.EtcdStacked {
		return etcdConfiguration{Local: &localEtcd{c.Spec.Etcd.DataDir, extraArgs{list: localEtcdArgs(c)}}}
	}
	ca, cert, key := c.EtcdClientFiles()
	return etcdConfiguration{External: &externalEtcd{c.EtcdEndpoints(), ca, cert, key}}
}

func localEtcdArgs(c *topology.Cluster) []arg {
	own := etcdTuning(c)
	own["initial-cluster-token"] = c.EtcdToken()
	return args(own, c.Spec.Etcd.ExtraArgs)
}

// etcdDataPatch puts the data of this host's member elsewhere. In the container the folder stays where it is on all hosts,
// since etcd's flags are the same on all.
func etcdDataPatch(folder string) object {
	return object{"v1", "Pod", map[string]any{
		"metadata": map[string]any{"name": "etcd", "namespace": "kube-system"},
		"spec": map[string]any{"volumes": []any{map[string]any{
			"name": "etcd-data", "hostPath": map[string]any{"path": folder, "type": "DirectoryOrCreate"},
		}}},
	}}
}

// etcdWALPatch gives the log a volume of its own. A strategic patch would replace all of etcd's flags to add one.
func etcdWALPatch(folder string) []any {
	add := func(path string, value any) map[string]any {
		return map[string]any{"op": "add", "path": path, "value": value}
	}
	return []any{
		add("/spec/volumes/-", map[string]any{
			"name": "etcd-wal", "hostPath": map[string]any{"path": folder, "type": "DirectoryOrCreate"},
		}),
		add("/spec/containers/0/volumeMounts/-", map[string]any{"name": "etcd-wal", "mountPath": folder}),
		add("/spec/containers/0/command/-", "--wal-dir="+etcdWALFolder(folder)),
	}
}

// etcdPatches change the static pod of a member that kubeadm runs, where its disks are this host's own.
func etcdPatches(h *topology.Host) ([]tree.File, error) {
	c := h.Cluster
	if c.RunsEtcd() || !h.IsEtcdMember() {
		return nil, nil
	}
	var files []tree.File
	if folder := h.EtcdDataDir(); folder != c.Spec.Etcd.DataDir {
		f, err := patchFile(h, "etcd+strategic.yaml", etcdDataPatch(folder))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if folder := h.EtcdWALDir(); folder != "" {
		f, err := patchFile(h, "etcd+json.yaml", etcdWALPatch(folder))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}
