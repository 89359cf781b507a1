package adopt

import (
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
		version, why := nearestVersion("kubeadm", written)
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
