package registry

import (
	"fmt"

	"github.com/khagen/khagen/e2e/lab"
)

// podmanMirror is what containers-registries.conf(5) calls a mirror. The server has no certificate.
const podmanMirror = `[[registry]]
location = "%s"

[[registry.mirror]]
location = "%s"
insecure = true
`

// PodmanMirror is a file by which a host's podman asks a server, at host:port, for the images of a registry.
func PodmanMirror(registry, server string) lab.File {
	return lab.File{Path: "/etc/containers/registries.conf.d/lab.conf", Content: fmt.Appendf(nil, podmanMirror, registry, server)}
}
