// Package registry gives hosts of a lab the container images that they are told to run, without a network: images that
// are made of programs which are there already, and a registry that serves them to pulls.
//
// What comes in are the programs that e2e/tools built, in e2e/.cache/bin, and those of the hosts' image of e2e/lab, which
// are Debian's. What goes out are images, kept in e2e/.cache/shared/registry by the sums of their contents, and an HTTP server
// that reads them. The same programs make the same images, to the byte.
//
// They are what the name says in what matters to a cluster: paths, users, links, environment. They are not what one
// would pull:
//   - haproxy, keepalived and nginx, and the iptables, nft and conntrack beside kube-proxy, are Debian's, in the versions
//     of the hosts' image and with its C library, whatever their tags say. haproxy:3.2.19-alpine runs 2.6 on Debian 12.
//   - nginx loads Debian's stream module by a script of its own: in the image of that name it is built in.
//   - Nothing is compressed: hosts of a lab share the machine's processor, and the bridge costs little.
package registry
