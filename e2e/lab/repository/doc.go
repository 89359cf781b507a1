// Package repository makes apt repositories for the hosts of a lab: in go versions of Kubernetes whose programs e2e/tools
// built, out come folders of packages with the names, versions, relations and files of the real ones, and what a host and a
// playbook have to be told for apt to find them.
//
// The programs in the packages are links into folders of this machine that the hosts have bound: nothing is copied, and the
// hosts share their pages. Two more things differ from the real packages. Nothing is signed. And containerd.io needs the
// distribution's runc, which is in the hosts' image, where the real one brings its own.
package repository
