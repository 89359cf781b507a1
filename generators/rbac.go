package generators

// The parts of rbac.authorization.k8s.io/v1 that are rendered, in the order of the upstream types.
type (
	roleBinding struct {
		APIVersion string    `yaml:"apiVersion"`
		Kind       string    `yaml:"kind"`
		Metadata   metadata  `yaml:"metadata"`
		Subjects   []subject `yaml:"subjects"`
		RoleRef    roleRef   `yaml:"roleRef"`
	}
	subject struct {
		Kind      string `yaml:"kind"`
		APIGroup  string `yaml:"apiGroup,omitempty"`
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace,omitempty"`
	}
	roleRef struct {
		APIGroup string `yaml:"apiGroup"`
		Kind     string `yaml:"kind"`
		Name     string `yaml:"name"`
	}
	clusterRole struct {
		APIVersion string       `yaml:"apiVersion"`
		Kind       string       `yaml:"kind"`
		Metadata   metadata     `yaml:"metadata"`
		Rules      []policyRule `yaml:"rules"`
	}
	policyRule struct {
		APIGroups     []string `yaml:"apiGroups"`
		Resources     []string `yaml:"resources"`
		ResourceNames []string `yaml:"resourceNames,omitempty"`
		Verbs         []string `yaml:"verbs"`
	}
)

const rbacGroup = "rbac.authorization.k8s.io"

func clusterRoleBinding(name, role string, to subject) roleBinding {
	return roleBinding{rbacGroup + "/v1", "ClusterRoleBinding", metadata{Name: name}, []subject{to}, roleRef{rbacGroup, "ClusterRole", role}}
}

func bindUser(name, role, user string) roleBinding {
	return clusterRoleBinding(name, role, subject{Kind: "User", APIGroup: rbacGroup, Name: user})
}

func bindGroup(name, role, group string) roleBinding {
	return clusterRoleBinding(name, role, subject{Kind: "Group", APIGroup: rbacGroup, Name: group})
}
