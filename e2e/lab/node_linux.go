package lab

// nodeScript makes a host fit for a kubelet before anything else starts. What a machine of its own would have is made here:
// nothing of it reaches the machine below.
//   - Controllers of version 1 can be written to; nspawn leaves them to their readers.
//   - The kernel's parameters that a kubelet insists on are files of the host: they are the machine's, and stay as they are.
//   - It reads the kernel's log, to tell of processes that ran out of memory.
//   - Mounts that it makes for containers are seen by them.
const nodeScript = `#!/bin/sh
set -eu
for at in /sys/fs/cgroup/*; do
	if mountpoint --quiet "$at" && [ ! -h "$at" ]; then mount -o remount,bind,rw "$at"; fi
done
mkdir -p /run/lab-sysctl
while read -r name value; do
	echo "$value" >"/run/lab-sysctl/$name"
	mount --bind "/run/lab-sysctl/$name" "/proc/sys/$(echo "$name" | tr . /)"
done <<END
kernel.keys.root_maxbytes 25000000
kernel.keys.root_maxkeys 1000000
kernel.panic 10
kernel.panic_on_oops 1
vm.overcommit_memory 1
vm.panic_on_oom 0
END
[ -e /dev/kmsg ] || mknod -m 600 /dev/kmsg c 1 11
mount --make-rshared /
`

const nodeUnit = `[Unit]
Description=What the lab adds to a host that runs a kubelet
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab-node.sh
`

// nodeFiles are the files of a host that runs a kubelet.
func nodeFiles() []File {
	return []File{
		{Path: "/usr/local/lib/lab-node.sh", Mode: 0o755, Content: []byte(nodeScript)},
		{Path: "/etc/systemd/system/lab-node.service", Content: []byte(nodeUnit)},
		{Path: "/etc/systemd/system/sysinit.target.d/lab-node.conf", Content: []byte("[Unit]\nWants=lab-node.service\n")},
	}
}
