package rules

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/internal/upstream"
	"github.com/khagen/khagen/schema"
)

// proposed are the flags that khagen sets and the user's extraArgs may replace.
var proposed = map[string][]string{
	upstream.APIServer: {
		"allow-privileged", "authorization-mode", "enable-aggregator-routing", "kubelet-preferred-address-types", "profiling",
		"service-account-issuer", "service-account-key-file", "tls-min-version",
	},
	upstream.ControllerManager: {
		"allocate-node-cidrs", "bind-address", "cluster-signing-duration", "profiling", "use-service-account-credentials",
	},
	upstream.Scheduler: {"bind-address"},
	upstream.Kubelet:   {},
	upstream.Etcd:      {"feature-gates", "listen-metrics-urls", "watch-progress-notify-interval"},
}

var renderedFlag = regexp.MustCompile(`(?m)--([a-z0-9-]+)=`)

// TestEveryFlagIsOwned: each flag that units have either follows from the definition, or is one of those that users may
// replace. A new one is neither, until somebody decides.
func TestEveryFlagIsOwned(t *testing.T) {
	for _, name := range []string{"binary-nginx", "container-nginx"} {
		spec, err := schema.Load(filepath.Join("../../overlays", name))
		if err != nil {
			t.Fatal(err)
		}
		spec.Kubernetes.APIServer.ExtraArgs = nil // the user's own
		c, err := topology.New(spec)
		if err != nil {
			t.Fatal(err)
		}
		files, err := generators.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		for component, free := range proposed {
			seen := 0
			for _, f := range files {
				if f.Path != c.FlagsFile(component) && (component != upstream.Etcd || f.Path != c.EtcdInitialFile()) {
					continue
				}
				for _, match := range renderedFlag.FindAllStringSubmatch(string(f.Content), -1) {
					seen++
					if _, owned := ownedFlag(c, component, match[1]); owned == slices.Contains(free, match[1]) {
						t.Errorf("%s: %s --%s is rendered: owned %t, proposed %t", name, component, match[1], owned, !owned)
					}
				}
			}
			if seen == 0 {
				t.Errorf("%s: no flag of %s seen", name, strings.ToLower(component))
			}
		}
	}
}

// TestOwnedFlagsExist: no row is about a flag that KH100 refuses first, which a misspelt row would be.
func TestOwnedFlagsExist(t *testing.T) {
	for _, flags := range []map[string]map[string]string{ownedFlags, kubeadmFlags, unitFlags} {
		for component, names := range flags {
			known := upstream.Flags(component)
			for name := range names {
				if !slices.Contains(known, name) {
					t.Errorf("%s has no flag %s", component, name)
				}
			}
		}
	}
}
