package adopt

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/upstream"
)

var versionNumbers = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.(\d+))?(.*)$`)

// nearestVersion gives the version that is written somewhere, or the nearest that khagen knows, and why.
func nearestVersion(where, written string) (v upstream.Version, why string) {
	oldest, newest := oldestMinor(), upstream.NewestKubernetes()
	label := strings.TrimPrefix(strings.TrimPrefix(written, "stable-"), "latest-")
	m := versionNumbers.FindStringSubmatch(label)
	if m == nil {
		return newest, fmt.Sprintf("%s says %q: write the version that runs", where, written)
	}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	patch, err := strconv.Atoi(m[3])
	v.Patch = patch
	switch {
	case v.Major < 1 || v.Major == 1 && v.Minor < oldest:
		return newestOf(oldest), fmt.Sprintf("%s says %s, older than all that khagen knows: upgrade first", where, written)
	case v.Major > 1 || v.Minor > newest.Minor:
		return newest, fmt.Sprintf("%s says %s, newer than all that khagen knows", where, written)
	case err != nil || patch > 999 || label != written:
		return newestOf(v.Minor), fmt.Sprintf("%s says %q: write the version that runs", where, written)
	case m[4] != "":
		return v, where + " says " + written
	}
	return v, ""
}

// oldestMinor is the oldest minor version that khagen knows.
func oldestMinor() int {
	minor := upstream.NewestKubernetes().Minor
	for upstream.KubernetesKnown(upstream.Version{Major: 1, Minor: minor - 1}) {
		minor--
	}
	return minor
}

func newestOf(minor int) upstream.Version {
	v := upstream.Version{Major: 1, Minor: minor}
	v.Patch, _ = upstream.NewestPatch(v)
	return v
}

// setImageRepository takes the place that images come from; Kubernetes' old one is frozen.
func (d *Draft) setImageRepository(where, repository string) {
	switch repository {
	case "", "registry.k8s.io":
	case "k8s.gcr.io":
		d.Remark(where+" says k8s.gcr.io, which is frozen: here images come from registry.k8s.io.", "kubernetes")
	default:
		d.Set(repository, "kubernetes", "imageRepository")
	}
}
