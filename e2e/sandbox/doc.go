// Package sandbox gives tests hosts of their own on Linux, as root or as an ordinary user, and leaves nothing behind.
//
// Run moves the test binary into a world: user, mount, network and process namespaces in which it is root. There it can
// Start hosts: in go the files of a host and its network interfaces, out comes a root file system with those files at
// their absolute paths over the machine's programs, in a network namespace, in which commands can run and connections
// can be made. When the test binary ends, however it ends, the kernel ends every process of the world and drops its
// mounts and networks.
//
// A host can run the machine's systemd as its first process, in a process namespace and cgroups of its own. Only root
// can have that, and those cgroups are what a test binary that is killed leaves, empty; a later run removes them.
package sandbox
