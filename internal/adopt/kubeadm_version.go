package adopt

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/khagen/khagen/internal/upstream"
)

// setVersion reads kubernetesVersion, and takes the nearest that khagen knows where it can't be had.
func (k *kubeadm) setVersion(docs []document) {
	at := []string{"kubernetes", "version"}
	for _, doc := range docs {
		written := textAt(doc.Node, "kubernetesVersion")
		if written == "" {
			continue
		}
		version, why := nearestVersion(written)
		if why == "" {
			k.Set(version.String(), at...)
		} else {
			k.Guess(version.String(), why, at...)
		}
	}
	k.version = upstream.NewestKubernetes()
	if v, err := upstream.ParseVersion(k.text(at...)); err == nil {
		k.version = v
	}
}

var versionNumbers = regexp.MustCompile(`^v?(\d+)\.(\d+)(?:\.(\d+))?(.*)$`)

// nearestVersion gives the version that is written, or the nearest that khagen knows, and why.
func nearestVersion(written string) (v upstream.Version, why string) {
	oldest, newest := oldestMinor(), upstream.NewestKubernetes()
	label := strings.TrimPrefix(strings.TrimPrefix(written, "stable-"), "latest-")
	m := versionNumbers.FindStringSubmatch(label)
	if m == nil {
		return newest, fmt.Sprintf("kubeadm was told %q: write the version that runs", written)
	}
	v.Major, _ = strconv.Atoi(m[1])
	v.Minor, _ = strconv.Atoi(m[2])
	patch, err := strconv.Atoi(m[3])
	v.Patch = patch
	switch {
	case v.Major < 1 || v.Major == 1 && v.Minor < oldest:
		return newestOf(oldest), fmt.Sprintf("kubeadm: %s, older than all that khagen knows; upgrade first", written)
	case v.Major > 1 || v.Minor > newest.Minor:
		return newest, fmt.Sprintf("kubeadm: %s, newer than all that khagen knows", written)
	case err != nil || patch > 999 || label != written:
		return newestOf(v.Minor), fmt.Sprintf("kubeadm was told %q: write the version that runs", written)
	case m[4] != "":
		return v, "kubeadm: " + written
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
