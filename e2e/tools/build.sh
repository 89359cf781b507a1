#!/usr/bin/env bash
# Builds programs of a module below this folder into e2e/.cache/bin/MODULE, where
# the tests look for them.
# usage: build.sh MODULE PACKAGE...   (build.sh k8s-1.36 k8s.io/kubernetes/cmd/kubeadm)
set -euo pipefail

cd "$(dirname "$0")"
module=$1
bin=$PWD/../.cache/bin/$module
cd "$module"
shift

# These programs are told their version when they are linked.
ldflags="-s -w"
tags=
if [[ $module == k8s-* ]]; then
	version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes) # v1.36.3
	IFS=. read -r major minor _ <<<"${version#v}"
	for package in k8s.io/client-go/pkg/version k8s.io/component-base/version; do
		ldflags+=" -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
	done
fi

if [[ $module == containerd-* ]]; then
	version=$(go list -m -f '{{.Version}}' github.com/containerd/containerd/v2)
	ldflags+=" -X github.com/containerd/containerd/v2/version.Version=$version"
	tags=no_btrfs,no_devmapper,no_zfs # file systems that nodes of tests don't have
fi

if [[ $module == cri-tools-* ]]; then
	version=$(go list -m -f '{{.Version}}' sigs.k8s.io/cri-tools)
	ldflags+=" -X sigs.k8s.io/cri-tools/pkg/version.Version=${version#v}"
fi

if [[ $module == kube-vip-* ]]; then
	version=$(go list -m -f '{{.Version}}' github.com/kube-vip/kube-vip)
	ldflags+=" -X main.Version=$version"
fi

mkdir -p "$bin"
flags=${GOFLAGS:-}
GOFLAGS=${flags/-trimpath/} CGO_ENABLED=0 go build -buildvcs=false -tags "$tags" -ldflags "$ldflags" -o "$bin/" "$@"
