package systems

import (
	"net"
	"testing"

	"github.com/khagen/khagen/e2e/lab/registry"
)

// registryPort is where the test itself has a registry, at the address on the lab's bridge that cluster.Client gives it.
const registryPort = "5000"

// serve has a registry with images, until the end of the test.
func serve(t *testing.T, images *registry.Images) {
	t.Helper()
	listener, err := net.Listen("tcp", ":"+registryPort)
	if err != nil {
		t.Fatal(err)
	}
	server, err := registry.Serve(listener, images)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Logf("images that the registry hasn't: %v", server.Missed())
		server.Close()
	})
}
