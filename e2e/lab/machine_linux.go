package lab

// machineScript gives a host, before anything else starts, what a machine of its own would have. Nothing of it reaches
// the machine below.
//   - The kernel's parameters that aren't of the network are the machine's, and only copies of them are the host's: sysctl and
//     kubelets can set them, and they are back to what they were after a boot. What changes by itself is no copy.
//   - Swap is the machine's to switch off: what a host would see of it is empty, so that swapoff(8) finds none.
//   - Controllers of version 1 can be written to; nspawn leaves them read-only.
//   - Kubelets read the kernel's log, to tell of processes that ran out of memory.
//   - Mounts that they make for containers are seen by these.
const machineScript = `#!/bin/sh
set -eu
copies=/run/lab/sys
mkdir -p "$copies"
for part in fs kernel vm; do
	cp --recursive "/proc/sys/$part" "$copies/" 2>/dev/null || : # some can be written to alone
done
mount --rbind /proc/sys/kernel/random "$copies/kernel/random"
for name in domainname hostname ns_last_pid; do
	mount --bind "/proc/sys/kernel/$name" "$copies/kernel/$name"
done
for part in fs kernel vm; do
	mount --rbind "$copies/$part" "/proc/sys/$part"
done
head --lines=1 /proc/swaps >"$copies/swaps"
mount --bind "$copies/swaps" /proc/swaps
for at in /sys/fs/cgroup/*; do
	if mountpoint --quiet "$at" && [ ! -h "$at" ]; then mount -o remount,bind,rw "$at"; fi
done
[ -e /dev/kmsg ] || mknod -m 600 /dev/kmsg c 1 11
mount --make-rshared /
`

const machineUnit = `[Unit]
Description=What a machine of its own would have
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab-machine.sh
`

// runcScript stands before the runtime of podman 4.3, which asks for more processes than machines that are guests themselves may
// allow. Limits that it doesn't ask for stay those of its unit, as in later versions.
const runcScript = `#!/usr/bin/python3
import json, os, resource, sys

args = sys.argv[1:]
for option, value in zip(args, args[1:]):
    path = {"--bundle": value + "/config.json", "--process": value}.get(option)
    if path is None:
        continue
    with open(path) as file:
        spec = json.load(file)
    process = spec.get("process", spec)
    process["rlimits"] = [
        limit for limit in process.get("rlimits") or []
        if limit["hard"] <= resource.getrlimit(getattr(resource, limit["type"]))[1]
    ]
    with open(path, "w") as file:
        json.dump(spec, file)
os.execvp("runc", ["runc", *args])
`

// engineConfig has podman use it. Debian's crun refuses cgroups of both versions, mixed.
const engineConfig = `[engine]
runtime = "runc"

[engine.runtimes]
runc = ["/usr/local/lib/lab-runc.py"]
`

// machineFiles are the files of every host that make it like a machine.
func machineFiles() []File {
	return []File{
		{Path: "/usr/local/lib/lab-machine.sh", Mode: 0o755, Content: []byte(machineScript)},
		{Path: "/etc/systemd/system/lab-machine.service", Content: []byte(machineUnit)},
		{Path: "/etc/systemd/system/sysinit.target.d/lab-machine.conf", Content: []byte("[Unit]\nWants=lab-machine.service\n")},
		// The kernel's log is the machine's, with what all others on it do.
		{Path: "/etc/systemd/journald.conf.d/lab-machine.conf", Content: []byte("[Journal]\nReadKMsg=no\n")},
		// Machines that are guests themselves may not let processes be spared when memory runs out, which containerd asks for.
		{Path: "/etc/containerd/conf.d/lab-machine.toml", Content: []byte("version = 3\n\n[plugins.'io.containerd.cri.v1.runtime']\n  restrict_oom_score_adj = true\n")},
		{Path: "/usr/local/lib/lab-runc.py", Mode: 0o755, Content: []byte(runcScript)},
		{Path: "/etc/containers/containers.conf.d/lab-machine.conf", Content: []byte(engineConfig)},
		// Containers in the host's network get a copy of it, and there is nobody to ask.
		{Path: "/etc/resolv.conf"},
		// There is no way to a mirror, and all that hosts need of their distribution is installed.
		{Path: "/etc/apt/sources.list"},
	}
}
