# Go and make are enough to start with: `make test` fetches what the checks need.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: build test test-disk test-ansible e2e e2e-all lint fmt golden bench help setup setup-lab tools lab-tools lab-tools-all

# All of it is pure Go: one build, with or without a C compiler.
export CGO_ENABLED := 0
# No path is in what is compiled, so that another clone compiles but what differs. govet is among the linters.
export GOFLAGS := $(strip -trimpath -vet=off $(GOFLAGS))
# git status, which go runs, leaves .git as it is, so that go test finds the repository as it was and knows what passed.
export GIT_OPTIONAL_LOCKS := 0

lint_tool := go tool -modfile=tools/go.mod golangci-lint
workflow_lint := go tool -modfile=tools/actionlint/go.mod actionlint
scripts := .ci/run .github/actions/khagen/run.sh e2e/setup.sh e2e/tools/build.sh
k8s := e2e/.cache/bin/k8s-1.36
k8s_programs := kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubeadm kubectl kubelet
etcd := e2e/.cache/bin/etcd-3.6
etcd_3_7 := e2e/.cache/bin/etcd-3.7
containerd := e2e/.cache/bin/containerd-2.3
containerd_programs := containerd containerd-shim-runc-v2 ctr
cni_plugins := ipam/host-local main/bridge main/loopback meta/bandwidth meta/firewall meta/portmap meta/tuning
crictl := e2e/.cache/bin/cri-tools-1.36
pause := e2e/.cache/bin/pause-3.10
kube_vip := e2e/.cache/bin/kube-vip-1.2
podman := e2e/.cache/bin/podman-4.9
# What fits into every run: Ansible takes a second of the processor for a few tasks. All of it: make test-ansible.
ansible_tests := TestPlaybooks|TestPrograms|TestArtifacts|TestDownloads|TestDeliver|TestReach|TestWords
cue := e2e/.cache/bin/cue-0.17
kubeadm_1_30 := e2e/.cache/bin/k8s-1.30/kubeadm
kubeadm_1_37 := e2e/.cache/bin/k8s-1.37/kubeadm
kubelet_1_37 := e2e/.cache/bin/k8s-1.37/kubelet

# A folder for what the lab measures: tests run in folders of their own.
ifdef REPORT
override REPORT := $(abspath $(REPORT))
export REPORT
endif

build: ## compile khagen into bin/
	go build -o bin/ ./cmd/khagen

test: setup lint build tools ## set up what is missing, then run every check
	go test -timeout 30m $$(go list ./... | grep -Ev '/e2e/(ansible$$|lab|live$$)')
	go test -timeout 30m -run '$(ansible_tests)' ./e2e/ansible
	go test -timeout 5m ./e2e/live # it measures times: nothing runs beside it
	@cat e2e/.cache/*.txt 2>/dev/null || true # what tests say of themselves: go test hides it
	GOFLAGS='$(filter-out -trimpath,$(GOFLAGS))' go -C e2e/tools/k8s-1.36 test ./... # not anew with other flags than build.sh's
	go run ./cmd/khagen build --check

# What is promised of out/ depends on file systems: .ci/run, which keeps what tests write in memory, asks these on a disk's, too.
test-disk:
	GOTMPDIR= TMPDIR=/var/tmp go test ./internal/tree ./internal/export ./internal/revision

test-ansible: setup build ## deliver through failures, kubeadm and rollouts too: half an hour
	go test -timeout 60m ./e2e/ansible

e2e: setup-lab build lab-tools ## boot two clusters of real hosts and let failures happen to them; needs root
	go run ./e2e/lab/image
	go test -p 1 $$(go list ./e2e/lab/... | grep -Ev '/(balancers|systems)$$')
	rm -rf e2e/.cache/figures
	go test -p 1 -count=1 -timeout 60m ./e2e/lab/balancers ./e2e/lab/systems # no failure comes at the same moment twice
	@cat e2e/.cache/figures/*.txt 2>/dev/null || true # what was measured: go test hides it

e2e-all: setup-lab build lab-tools-all ## boot all reference systems, upgrade one, and let everything happen to them: hours
	go run ./e2e/lab/image
	rm -rf e2e/.cache/figures
	LAB=all go test -p 1 -count=1 -timeout 5h ./e2e/lab/...
	@cat e2e/.cache/figures/*.txt 2>/dev/null || true

lint: ## check form, imports, workflows and scripts
	$(lint_tool) fmt --diff
	$(lint_tool) run
	go run ./cmd/khagen fmt --check
	$(workflow_lint)
	go -C tools/goreleaser run . ../../.goreleaser.yaml
	@if command -v shellcheck >/dev/null; then shellcheck $(scripts); \
	else echo 'lint: no shellcheck here, scripts are not checked' >&2; [[ $${CI:-} != true ]]; fi

fmt: ## format the Go code and the definitions
	$(lint_tool) fmt
	go run ./cmd/khagen fmt

golden: ## rewrite out/ and whatever else tests compare with
	go run ./cmd/khagen build
	go test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' | xargs -n1 dirname | sed 's|^|./|' | sort -u) -update

bench: ## measure builds of 5, 200 and 10,000 hosts
	go run ./e2e/bench

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Packages of the system; does nothing where all are there.
setup:
	e2e/setup.sh

setup-lab:
	e2e/setup.sh lab

# Programs that tests run and that no system packages: what runs on rendered
# hosts, and strictdecode, which reads Kubernetes objects as they do. Linking them
# at once keeps the compiler to one pass. kubeadm is built of three versions: none
# reads the configuration of all that khagen renders.
tools: $(k8s)/kubelet $(kubeadm_1_30) $(kubeadm_1_37) $(etcd)/etcd $(podman)/quadlet $(cue)/cue

$(k8s)/kubelet: e2e/tools/build.sh $(wildcard e2e/tools/k8s-1.36/go.* e2e/tools/k8s-1.36/strictdecode/*.go)
	e2e/tools/build.sh k8s-1.36 $(addprefix k8s.io/kubernetes/cmd/,$(k8s_programs)) ./strictdecode

$(kubeadm_1_30) $(kubeadm_1_37): e2e/.cache/bin/%/kubeadm: e2e/tools/build.sh e2e/tools/%/go.mod e2e/tools/%/go.sum
	e2e/tools/build.sh $* k8s.io/kubernetes/cmd/kubeadm

$(etcd)/etcd $(etcd_3_7)/etcd: e2e/.cache/bin/%/etcd: e2e/tools/build.sh e2e/tools/%/go.mod e2e/tools/%/go.sum e2e/tools/%/etcd/main.go
	e2e/tools/build.sh $* ./etcd go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3

$(podman)/quadlet: e2e/tools/build.sh $(wildcard e2e/tools/podman-4.9/go.*)
	e2e/tools/build.sh podman-4.9 github.com/containers/podman/v4/cmd/quadlet

$(cue)/cue: e2e/tools/build.sh $(wildcard e2e/tools/cue-0.17/go.*)
	e2e/tools/build.sh cue-0.17 cuelang.org/go/cmd/cue

# Programs that the lab's hosts run beside those. kube-vip, and all of another version for a cluster that is brought to it, take
# minutes to build: lab-tools-all.
lab-tools: $(k8s)/kubelet $(etcd)/etcd $(containerd)/containerd $(crictl)/crictl $(pause)/pause $(podman)/quadlet

lab-tools-all: lab-tools $(kubelet_1_37) $(etcd_3_7)/etcd $(kube_vip)/kube-vip

$(containerd)/containerd: e2e/tools/build.sh $(wildcard e2e/tools/containerd-2.3/go.*)
	e2e/tools/build.sh containerd-2.3 $(addprefix github.com/containerd/containerd/v2/cmd/,$(containerd_programs)) \
		$(addprefix github.com/containernetworking/plugins/plugins/,$(cni_plugins))

$(crictl)/crictl: e2e/tools/build.sh $(wildcard e2e/tools/cri-tools-1.36/go.*)
	e2e/tools/build.sh cri-tools-1.36 sigs.k8s.io/cri-tools/cmd/crictl

$(pause)/pause: e2e/tools/build.sh $(wildcard e2e/tools/pause-3.10/go.mod e2e/tools/pause-3.10/pause/*.go)
	e2e/tools/build.sh pause-3.10 ./pause

$(kube_vip)/kube-vip: e2e/tools/build.sh $(wildcard e2e/tools/kube-vip-1.2/go.*)
	e2e/tools/build.sh kube-vip-1.2 github.com/kube-vip/kube-vip

$(kubelet_1_37): e2e/tools/build.sh $(wildcard e2e/tools/k8s-1.37/go.*)
	e2e/tools/build.sh k8s-1.37 $(addprefix k8s.io/kubernetes/cmd/,$(k8s_programs))
