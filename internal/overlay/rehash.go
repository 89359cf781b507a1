package overlay

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/tree"
)

// rehash gives static pods the hash of the configuration that their host gets, where that is another than the rendered one: the
// kubelet starts them again when it changes.
func rehash(rendered, files []tree.File) []tree.File {
	touched := map[place][]byte{}
	for _, f := range files {
		if f.Host != "" && strings.Contains(f.Source, overlays+"/") {
			touched[place{f.Host, f.Path}] = f.Content
		}
	}
	if len(touched) == 0 {
		return files
	}
	changed := map[string][][2][]byte{} // by host: contents as rendered, and as they are
	for _, f := range rendered {
		if now, ok := touched[place{f.Host, f.Path}]; ok && !bytes.Equal(f.Content, now) {
			changed[f.Host] = append(changed[f.Host], [2][]byte{f.Content, now})
		}
	}
	for i := range files {
		f := &files[i]
		if len(changed[f.Host]) == 0 || f.Kind != tree.KindObject || !bytes.Contains(f.Content, []byte(tree.ConfigHashKey)) {
			continue
		}
		for _, c := range changed[f.Host] {
			f.Content = withHash(f.Content, tree.ConfigHash(c[0]), tree.ConfigHash(c[1]))
		}
	}
	return files
}

// withHash gives a pod another hash, in quotes where YAML would take it for a number.
func withHash(pod []byte, old, hash string) []byte {
	line := regexp.MustCompile(`(?m)^( *` + tree.ConfigHashKey + `: )"?` + old + `"?$`)
	value, err := yaml.Marshal(hash)
	if err != nil {
		panic(err) // a text always has a form
	}
	return line.ReplaceAll(pod, append([]byte("${1}"), bytes.TrimSpace(value)...))
}
