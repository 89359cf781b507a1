// Package lab gives tests machines on Linux: hosts that boot a real systemd from a real Debian, at addresses of their own
// on a bridge of their own, reached by ssh, that can lose their power or their link and come back.
//
// Run moves the test binary into a world, as e2e/sandbox makes it but without a user namespace, since kubelets and container
// runtimes need to be root in all. In there, a Lab is a bridge with the test itself at one address and hosts at others.
// Where a test needs hosts without systemd, such as clients and servers that the test plays, sandbox.Start puts them onto the
// same bridge.
//
// When the test binary ends, however it ends, the kernel ends every process of the world and drops its mounts and
// networks. Left are the files that hosts wrote and empty cgroups, both locked for as long as their lab lives: the next lab
// sweeps what nobody has locked.
//
// The hosts' root file system is made once by debootstrap, from the machine's mirror, and kept in e2e/.cache/shared. Making it
// is the only thing here that needs the network, and happens before the world begins. Hosts have all that they need of their
// distribution from there, and no source of packages but those that tests give them.
package lab
