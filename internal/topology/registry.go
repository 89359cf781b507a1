package topology

import (
	"net/url"
	"strings"
)

// RegistryLocation is the URL of a registry's API in the form of registries.conf: the host, then the folder that is put
// before the names of images, as in https://HOST/v2/FOLDER. Another path is none of an API there: ok is false.
// Source: https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md.
func RegistryLocation(raw string) (location string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.RawQuery != "" {
		return "", false
	}
	folder, ok := strings.CutPrefix(strings.TrimSuffix(u.Path, "/")+"/", "/v2/")
	if !ok && u.Path != "" && u.Path != "/" {
		return "", false
	}
	return strings.TrimSuffix(u.Host+"/"+strings.TrimPrefix(folder, "/"), "/"), true
}
