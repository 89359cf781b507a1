package tree

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Sum is one sum of all that the state brings to hosts: their manifests, their files, and the cluster's objects. It is the
// SHA-256 of what sha256sum prints of these files in the order of their paths, so that others can work it out.
func (s *Snapshot) Sum() (string, error) {
	var paths []string
	if s.Cluster != nil {
		for _, p := range s.Cluster.treePaths("") {
			if strings.HasPrefix(p, "cluster/") {
				paths = append(paths, p)
			}
		}
	}
	for _, m := range s.Hosts {
		paths = append(paths, "hosts/"+m.Host+"/"+manifestName)
		paths = append(paths, m.treePaths(m.Host)...)
	}
	slices.Sort(paths)
	lines := sha256.New()
	for _, p := range paths {
		content, err := s.Read(p)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(lines, "%x  %s\n", sha256.Sum256(content), p)
	}
	return hex.EncodeToString(lines.Sum(nil)), nil
}
