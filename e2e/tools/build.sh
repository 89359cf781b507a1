#!/usr/bin/env bash
# Builds programs of a module below this folder, where no clone has built them yet,
# and has e2e/.cache/bin/MODULE lead to them, where the tests look.
# usage: build.sh MODULE PACKAGE...   (build.sh k8s-1.36 k8s.io/kubernetes/cmd/kubeadm)
set -euo pipefail

cd "$(dirname "$0")"
module=$1
cache=$PWD/../.cache
shift

[[ -e $cache/shared ]] || ../setup.sh
sources=$(find "$PWD/build.sh" "$PWD/$module" -type f | LC_ALL=C sort)
made=$({ uname -sm && echo "${sources//$PWD/}" && git hash-object --no-filters --stdin-paths <<<"$sources"; } | git hash-object --stdin)
programs=$cache/shared/programs/$module-${made:0:16}
mkdir -p "$programs" "$cache/bin"
touch "$programs"
rm -rf "${cache:?}/bin/$module"
ln -s "$(cd "$programs" && pwd -P)" "$cache/bin/$module"

missing=()
for package; do
	name=${package%/v[0-9]}
	program=$programs/${name##*/}
	# What is there is as new as the sources that make compares it with.
	if [[ -e $program ]]; then touch "$program"; else missing+=("$package"); fi
done
((${#missing[@]})) || exit 0
cd "$module"

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

# Each is there whole or not at all, whatever another clone does meanwhile.
partial=$(mktemp -d "$programs/.partial-XXXXXX")
trap 'rm -rf "$partial"' EXIT
flags=${GOFLAGS:-}
GOFLAGS=${flags//-trimpath/} CGO_ENABLED=0 go build -buildvcs=false -tags "$tags" -ldflags "$ldflags" -o "$partial/" "${missing[@]}"
mv "$partial"/* "$programs/"
