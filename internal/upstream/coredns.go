package upstream

import "fmt"

// corednsTags by minor version of Kubernetes: the tag that kubeadm deploys.
// Source: cmd/kubeadm/app/constants/constants.go of the newest patch of each that was read.
var corednsTags = map[int]string{
	28: "v1.10.1", 29: "v1.11.1", 30: "v1.11.3", 31: "v1.11.3", 32: "v1.11.3", 33: "v1.12.0", 34: "v1.12.1", 35: "v1.13.1", 36: "v1.14.2", 37: "v1.14.6",
}

// CoreDNSImage is the image of CoreDNS that belongs to a Kubernetes version. The project's own registry has it a folder
// deeper than a mirror that was filled from kubeadm's list of images.
// Source: cmd/kubeadm/app/images/images.go, GetDNSImage.
func CoreDNSImage(repository string, v Version) string {
	if repository == "registry.k8s.io" {
		repository += "/coredns"
	}
	return fmt.Sprintf("%s/coredns:%s", repository, corednsTags[v.Minor])
}
