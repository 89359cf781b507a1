package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/topology"
	"go.yaml.in/yaml/v3"
)

var auditRules = []Rule{{
	ID: "KH134", Severity: Error,
	Title:   "the file of the audit policy is one",
	Reason:  "The API server exits at once when it can't read its policy.",
	Hint:    "write apiVersion: audit.k8s.io/v1, kind: Policy and at least one rule with a level; or leave policyFile out",
	Source:  "kubernetes/kubernetes staging/src/k8s.io/apiserver/pkg/audit/policy/reader.go and pkg/apis/audit/validation/validation.go",
	cluster: auditPolicyReadable,
}}

// auditPolicy is what tells an audit policy from another file.
type auditPolicy struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Rules      []struct {
		Level string `yaml:"level"`
	} `yaml:"rules"`
}

var auditLevels = []string{"None", "Metadata", "Request", "RequestResponse"}

func auditPolicyReadable(c *topology.Cluster, f *found) {
	audit := c.Spec.Kubernetes.APIServer.Audit
	if !audit.Enabled || audit.PolicyFile == "" {
		return
	}
	if problem := auditPolicyProblem(c.Spec.Files[audit.PolicyFile]); problem != "" {
		f.add(c, field{"kubernetes", "apiServer", "audit", "policyFile"}, "%s %s", audit.PolicyFile, problem)
	}
}

// auditPolicyProblem says why the API server would refuse a policy; empty where nothing is known against it.
func auditPolicyProblem(content []byte) string {
	var policy auditPolicy
	if err := yaml.Unmarshal(content, &policy); err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n"), "\n")
		first, _, _ = strings.Cut(first, " into ") // a type of Go follows
		return "is no audit policy in YAML: " + strings.TrimPrefix(strings.TrimSpace(first), "yaml: ")
	}
	switch {
	case policy.Kind != "Policy":
		return fmt.Sprintf("has the kind %q, not Policy", policy.Kind)
	case policy.APIVersion != "audit.k8s.io/v1":
		return fmt.Sprintf("has the apiVersion %q, not audit.k8s.io/v1", policy.APIVersion)
	case len(policy.Rules) == 0:
		return "has no rules"
	}
	for i, rule := range policy.Rules {
		if !slices.Contains(auditLevels, rule.Level) {
			return fmt.Sprintf("has the level %q in rule %d, not one of %s", rule.Level, i+1, list(auditLevels))
		}
	}
	return ""
}
