package overlay

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/resid"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// mergeKeys lists what strategic merges add to instead of replacing it, where Kubernetes' own types don't say so: lists by the
// field that tells their elements apart, lists of plain values by nothing. A name comes once in all of them but extraArgs: a flag
// can be repeated.
var mergeKeys = map[string]map[string]string{
	"kubeadm.k8s.io/ClusterConfiguration": {
		"apiServer.extraArgs": "name", "apiServer.extraEnvs": "name", "apiServer.extraVolumes": "name", "apiServer.certSANs": "",
		"controllerManager.extraArgs": "name", "controllerManager.extraEnvs": "name", "controllerManager.extraVolumes": "name",
		"scheduler.extraArgs": "name", "scheduler.extraEnvs": "name", "scheduler.extraVolumes": "name",
		"etcd.local.extraArgs": "name", "etcd.local.extraEnvs": "name", "etcd.local.serverCertSANs": "", "etcd.local.peerCertSANs": "",
	},
	"kubeadm.k8s.io/InitConfiguration": {
		"nodeRegistration.kubeletExtraArgs": "name", "nodeRegistration.ignorePreflightErrors": "", "skipPhases": "",
	},
	"kubeadm.k8s.io/JoinConfiguration": {
		"nodeRegistration.kubeletExtraArgs": "name", "nodeRegistration.ignorePreflightErrors": "", "skipPhases": "",
	},
}

// ownSchemas are the schemas of the kinds in mergeKeys.
var ownSchemas = sync.OnceValue(func() map[string]*openapi.ResourceSchema {
	all := map[string]*openapi.ResourceSchema{"": schemaOf(nil)}
	for kind, lists := range mergeKeys {
		all[kind] = schemaOf(lists)
	}
	return all
})

// schemaOf writes lists as the schema in which kustomize looks for them.
func schemaOf(lists map[string]string) *openapi.ResourceSchema {
	root := map[string]any{"properties": map[string]any{}}
	for path, key := range lists {
		at := root
		for name := range strings.SplitSeq(path, ".") {
			fields := at["properties"].(map[string]any)
			if fields[name] == nil {
				fields[name] = map[string]any{"properties": map[string]any{}}
			}
			at = fields[name].(map[string]any)
		}
		delete(at, "properties")
		at["type"], at["x-kubernetes-patch-strategy"], at["items"] = "array", "merge", map[string]any{"type": "string"}
		if key != "" {
			at["x-kubernetes-patch-merge-key"], at["items"] = key, map[string]any{"type": "object"}
		}
	}
	var s openapi.ResourceSchema
	text, err := json.Marshal(map[string]any{"Schema": root})
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		panic(fmt.Sprintf("merge keys: %v", err)) // a bug of khagen's
	}
	return &s
}

// schemaFor gives the schema of a kind; an empty one where nothing is known of it, and all its lists are replaced.
func schemaFor(gvk resid.Gvk) *openapi.ResourceSchema {
	if own := ownSchemas()[gvk.Group+"/"+gvk.Kind]; own != nil {
		return own
	}
	if !strings.HasSuffix(gvk.Group, ".config.k8s.io") { // which saves reading the schema of all of Kubernetes for those
		if s := openapi.SchemaForResourceType(kyaml.TypeMeta{APIVersion: gvk.ApiVersion(), Kind: gvk.Kind}); s != nil {
			return s
		}
	}
	return ownSchemas()[""]
}
