package generators

import (
	"path"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

func volumes(extra []schema.Volume) []extraVolume {
	var list []extraVolume
	for _, v := range extra {
		mount := v.MountPath
		if mount == "" {
			mount = v.HostPath
		}
		list = append(list, extraVolume{Name: v.Name, HostPath: v.HostPath, MountPath: mount, ReadOnly: v.ReadOnly})
	}
	return list
}

func apiServerComponent(c *topology.Cluster) controlPlaneComponent {
	a := c.Spec.Kubernetes.APIServer
	var mounts []extraVolume
	if a.Audit.Enabled {
		mounts = append(mounts, extraVolume{"audit-log", path.Dir(a.Audit.LogPath), path.Dir(a.Audit.LogPath), false, "DirectoryOrCreate"})
	}
	if len(apiServerFiles(c)) > 0 {
		folder := apiServerFile(c, "")
		mounts = append(mounts, extraVolume{"apiserver-config", folder, folder, true, "Directory"})
	}
	if folder := c.KMSFolder(); folder != "" { // the folder: a plugin that starts makes a new socket
		mounts = append(mounts, extraVolume{"kms-socket", folder, folder, true, "DirectoryOrCreate"})
	}
	return controlPlaneComponent{extraArgs{list: args(apiServerFlags(c), a.ExtraArgs)}, append(mounts, volumes(a.ExtraVolumes)...)}
}

func controllerManagerArgs(c *topology.Cluster) []arg {
	return args(nodeMaskFlags(c), c.Spec.Kubernetes.ControllerManager.ExtraArgs)
}

func schedulerComponent(c *topology.Cluster) controlPlaneComponent {
	s := c.Spec.Kubernetes.Scheduler
	own := map[string]string{}
	list := volumes(s.ExtraVolumes)
	if len(s.Config) > 0 {
		file := schedulerFile(c)
		own["config"] = file
		list = append([]extraVolume{{"scheduler-config", path.Dir(file), path.Dir(file), true, "Directory"}}, list...)
	}
	return controlPlaneComponent{extraArgs{list: args(own, s.ExtraArgs)}, list}
}
