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

# Programs of Kubernetes are told their version when they are linked.
ldflags="-s -w"
if [[ $module == k8s-* ]]; then
	version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes) # v1.36.3
	IFS=. read -r major minor _ <<<"${version#v}"
	for package in k8s.io/client-go/pkg/version k8s.io/component-base/version; do
		ldflags+=" -X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor"
	done
fi

mkdir -p "$bin"
CGO_ENABLED=0 go build -buildvcs=false -ldflags "$ldflags" -o "$bin/" "$@"
