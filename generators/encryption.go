package generators

import (
	"github.com/khagen/khagen/schema"
)

// The parts of EncryptionConfiguration that are rendered
// (https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-EncryptionConfiguration).
type (
	encryptionConfiguration struct {
		APIVersion string               `yaml:"apiVersion"`
		Kind       string               `yaml:"kind"`
		Resources  []encryptedResources `yaml:"resources"`
	}
	encryptedResources struct {
		Resources []string         `yaml:"resources"`
		Providers []map[string]any `yaml:"providers"`
	}
	encryptionKeys struct {
		Keys []encryptionKey `yaml:"keys"`
	}
	encryptionKey struct {
		Name   string     `yaml:"name"`
		Secret secretText `yaml:"secret"`
	}
	kmsProvider struct {
		APIVersion string `yaml:"apiVersion"`
		Name       string `yaml:"name"`
		Endpoint   string `yaml:"endpoint"`
		Timeout    string `yaml:"timeout"`
	}
)

// encryption writes with the first key or the plugin, and reads with all keys and what was stored in clear before: the
// first provider writes, and identity comes last.
func encryption(e schema.Encryption) encryptionConfiguration {
	return encryptionConfiguration{
		"apiserver.config.k8s.io/v1", "EncryptionConfiguration",
		[]encryptedResources{{e.Resources, []map[string]any{{e.Provider: encryptionProvider(e)}, {"identity": struct{}{}}}}},
	}
}

func encryptionProvider(e schema.Encryption) any {
	if e.KMS != nil {
		return kmsProvider{"v2", e.KMS.Name, e.KMS.Endpoint, e.KMS.Timeout.Std().String()}
	}
	var keys encryptionKeys
	for _, k := range e.Keys {
		keys.Keys = append(keys.Keys, encryptionKey{k.Name, secretText(k.Secret)})
	}
	return keys
}
