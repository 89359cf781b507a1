package review

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/internal/tree"
)

// fixedSettings are those on which everything stored in a cluster relies: to change them is to make another cluster. Flags of
// units stand in files as --FLAG=VALUE.
var fixedSettings = map[string]string{
	"ClusterConfiguration.networking.serviceSubnet":                     "service network",
	"ClusterConfiguration.networking.podSubnet":                         "pod network",
	"ClusterConfiguration.networking.dnsDomain":                         "DNS domain",
	"ClusterConfiguration.apiServer.extraArgs.service-account-issuer":   "issuer of service accounts",
	"service-cluster-ip-range":                                          "service network",
	"cluster-cidr":                                                      "pod network",
	"service-account-issuer":                                            "issuer of service accounts",
	"etcd-prefix":                                                       "etcd's prefix",
	"ClusterConfiguration.apiServer.extraArgs.etcd-prefix":              "etcd's prefix",
	"KubeletConfiguration.clusterDomain":                                "DNS domain",
	"ClusterConfiguration.apiServer.extraArgs.service-cluster-ip-range": "service network",
}

var flagLine = regexp.MustCompile(`--([a-z][a-z0-9-]*)=([^\s"'\\]+)`)

// gatherSettings finds what changes in settings that no file changes alone.
func (f *facts) gatherSettings() {
	for _, c := range f.changed {
		f.gatherFixed(c)
		f.gatherKeys(c)
	}
	slices.Sort(f.fixed)
	f.fixed = slices.Compact(f.fixed)
	f.lost, f.first = natural(f.lost), natural(f.first)
}

func (f *facts) gatherFixed(c changed) {
	if c.op != tree.OpChange {
		return
	}
	before, after := settingsOf(c.old), settingsOf(c.new)
	for _, name := range slices.Sorted(maps.Keys(fixedSettings)) {
		if was, is := before[name], after[name]; was != nil && is != nil && !reflect.DeepEqual(was, is) {
			f.fixed = append(f.fixed, fmt.Sprintf("%s: %v → %v", fixedSettings[name], was, is))
		}
	}
}

// settingsOf reads the settings of a file: Kubernetes YAML by KIND.field.field, other text by its flags.
func settingsOf(content []byte) map[string]any {
	all := map[string]any{}
	if docs := documents(content); docs != nil {
		for kind, doc := range docs {
			flatten(all, kind, doc)
		}
		return all
	}
	for _, m := range flagLine.FindAllSubmatch(content, -1) {
		all[string(m[1])] = string(m[2])
	}
	return all
}

// documents reads the documents of a YAML text by their kinds; nil where it is none.
func documents(content []byte) map[string]map[string]any {
	docs := map[string]map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		var doc map[string]any
		if err := decoder.Decode(&doc); err != nil {
			if err.Error() == "EOF" && len(docs) > 0 {
				return docs
			}
			return nil
		}
		kind, _ := doc["kind"].(string)
		if kind == "" {
			return nil
		}
		docs[kind] = doc
	}
}

// flatten puts the values of a document under the paths to them; lists of names and values are maps, other lists are values.
func flatten(all map[string]any, place string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			flatten(all, place+"."+key, inner)
		}
		return
	case []any:
		named := map[string]any{}
		for _, item := range v {
			pair, ok := item.(map[string]any)
			name, has := pair["name"].(string)
			if _, valued := pair["value"]; !ok || !has || !valued || len(pair) != 2 {
				all[place] = value
				return
			}
			list, _ := named[name].([]any)
			named[name] = append(list, pair["value"])
		}
		for name, values := range named {
			if list := values.([]any); len(list) == 1 {
				all[place+"."+name] = list[0]
			} else {
				all[place+"."+name] = values
			}
		}
		return
	}
	all[place] = value
}

// differing gives the paths of settings that two texts don't have alike. ok is false where one can't be read.
func differing(old, new []byte) (paths []string, ok bool) {
	if documents(old) == nil || documents(new) == nil {
		return nil, false
	}
	before, after := settingsOf(old), settingsOf(new)
	for place, value := range before {
		if is, has := after[place]; !has || !reflect.DeepEqual(value, is) {
			paths = append(paths, place)
		}
	}
	for place := range after {
		if _, had := before[place]; !had {
			paths = append(paths, place)
		}
	}
	slices.Sort(paths)
	return paths, true
}

// gatherKeys finds keys of encryption at rest that go, or that write before other API servers know them.
func (f *facts) gatherKeys(c changed) {
	before, after := encryptionKeys(c.old), encryptionKeys(c.new)
	if before == nil && after == nil {
		return
	}
	if before == nil {
		before = []string{"identity"}
	}
	for _, key := range before {
		if !slices.Contains(after, key) {
			f.lost = append(f.lost, key)
		}
	}
	if len(after) > 0 && !slices.Contains(before, after[0]) {
		f.first = append(f.first, after[0])
	}
}

// encryptionKeys are the keys and plugins of an EncryptionConfiguration, the one that writes first; nil where the text is none.
func encryptionKeys(content []byte) []string {
	doc := documents(content)["EncryptionConfiguration"]
	resources, _ := doc["resources"].([]any)
	var keys []string
	for _, r := range resources {
		r, _ := r.(map[string]any)
		providers, _ := r["providers"].([]any)
		for _, p := range providers {
			p, _ := p.(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(p)) {
				keys = append(keys, keysOf(name, p[name])...)
			}
		}
	}
	return keys
}

// keysOf names a provider's keys with the secrets behind them, so that another secret under the same name is another key.
func keysOf(provider string, value any) []string {
	fields, _ := value.(map[string]any)
	list, ok := fields["keys"].([]any)
	if !ok {
		if name, _ := fields["name"].(string); name != "" {
			return []string{provider + " " + name}
		}
		return []string{provider}
	}
	var keys []string
	for _, k := range list {
		k, _ := k.(map[string]any)
		secret := fmt.Sprint(k["secret"])
		if m := secretName.FindStringSubmatch(secret); m != nil {
			secret = m[1]
		} else {
			secret = "a value in the file" // which is nobody's to print
		}
		keys = append(keys, strings.Join([]string{provider, fmt.Sprint(k["name"]), "(" + secret + ")"}, " "))
	}
	return keys
}

var secretName = regexp.MustCompile(`khagen_secrets\['([^']*)'\]`)
