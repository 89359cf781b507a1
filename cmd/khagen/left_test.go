package main

import (
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// TestLeftOfNodes: a node leaves the cluster before what it has goes, with kubeadm or without.
func TestLeftOfNodes(t *testing.T) {
	for _, tt := range []struct {
		left tree.Left
		want string
	}{
		{tree.Left{Units: []string{"kubelet.service"}, Packages: []string{"kubeadm"}}, "kubeadm"},
		{tree.Left{Units: []string{"kubelet.service"}}, "node"},
		{tree.Left{Units: []string{"haproxy.service"}}, "units"},
	} {
		if got := leftLines(&tt.left)[0].what; got != tt.want {
			t.Errorf("%+v: %q comes first, want %q", tt.left, got, tt.want)
		}
	}
}
