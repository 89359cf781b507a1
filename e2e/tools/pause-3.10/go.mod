// Has what holds a pod's namespaces open on nodes of e2e/lab. Its version is that of the image which it stands for: what
// kubeadm names for the versions of Kubernetes that e2e/tools has.
module github.com/khagen/khagen/e2e/tools/pause-3.10

go 1.26.0
