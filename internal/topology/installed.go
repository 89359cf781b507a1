package topology

import (
	"strings"

	"github.com/khagen/khagen/internal/upstream"
)

// Installed is a program on the hosts of a cluster.
type Installed struct {
	runtime string
	written string // its version, where the definition has it
	image   string // that runs, unless it is the package's service
}

// InstalledBalancer is the balancer.
func (c *Cluster) InstalledBalancer() Installed {
	lb := c.Spec.LoadBalancer
	return Installed{lb.Runtime, lb.Version, lb.Image}
}

// InstalledKeepalived has nothing where the definition has no such block.
func (c *Cluster) InstalledKeepalived() Installed {
	if c.Spec.VIP == nil || c.Spec.VIP.Keepalived == nil {
		return Installed{}
	}
	k := c.Spec.VIP.Keepalived
	return Installed{k.Runtime, k.Version, k.Image}
}

// KeepalivedVersion is that of keepalived on the host; known is false where nothing tells it.
func (h *Host) KeepalivedVersion() (version upstream.Version, known bool) {
	return h.Cluster.InstalledKeepalived().Version(h.OS.Keepalived)
}

// Image is what runs; empty where the program is the package's service, whatever the definition has.
func (i Installed) Image() string {
	if i.runtime == RuntimeSystemd {
		return ""
	}
	return i.image
}

// Version of a program: as the definition says, as the tag of the image that runs says, or as the distribution packages it;
// known is false where none tells.
func (i Installed) Version(packaged string) (version upstream.Version, known bool) {
	text := i.written
	if text == "" && i.runtime == RuntimeSystemd {
		text = packaged
	} else if text == "" {
		text, _, _ = strings.Cut(strings.TrimPrefix(ImageTag(i.image), "v"), "-")
	}
	version, err := upstream.ParseVersion(text)
	return version, err == nil
}

// ImageTag is what follows the colon of an image; empty where there is none.
func ImageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndex(image, "/")+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}
