package cluster

import (
	"context"
	"net"
	"testing"

	"github.com/khagen/khagen/e2e/lab/registry"
)

// RegistryPort is where Serve has a registry, at the address on the lab's bridge that Client gives.
const RegistryPort = "5000"

// Serve has a registry with images, until the end of the test.
func Serve(t *testing.T, images *registry.Images) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", ":"+RegistryPort)
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
