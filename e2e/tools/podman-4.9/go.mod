// Builds podman's generator of units for the tests: 4.9 is the oldest that a
// distribution of khagen's has with quadlets. To go to another patch release:
// change v4.9.3, and tidy.
module github.com/khagen/khagen/e2e/tools/podman-4.9

go 1.26.0

tool github.com/containers/podman/v4/cmd/quadlet

require github.com/containers/podman/v4 v4.9.3 // indirect

require github.com/containers/storage v1.51.0 // indirect
