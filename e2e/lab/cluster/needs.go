package cluster

// Nodes is what kubelets and kube-proxies need of a definition so that they run on the lab's hosts:
//   - Containers get cgroups below their host's own, which systemd wouldn't find, and of version 1 where the machine has
//     no other.
//   - The disk is the machine's, however full it is, and what others have on it isn't the kubelet's to clean up.
//   - How many connections are tracked is the machine's to say.
const Nodes = `
cluster: kubernetes: {
	kubelet: config: {
		cgroupDriver: "cgroupfs"
		failCgroupV1: false
		evictionHard: {"imagefs.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%"}
		imageGCHighThresholdPercent: 100
	}
	kubeProxy: config: conntrack: {maxPerCore: 0, min: 0}
}
`
