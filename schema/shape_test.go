package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/encoding/jsonschema"
)

// eachNode calls yield for every node of the schema, with its path.
func eachNode(n *node, path string, yield func(string, *node)) {
	n.open()
	n.describe()
	yield(path, n)
	for _, f := range n.fields {
		eachNode(f, strings.TrimPrefix(path+"."+f.name, "."), yield)
	}
	if n.isMap() {
		n.key.open()
		n.key.describe()
		eachNode(n.element, path+".NAME", yield)
	} else if n.element != nil {
		eachNode(n.element, path+"[]", yield)
	}
}

// TestModelAgrees compares the Go model with the schema both ways: names, kinds, and whether absence can be told.
func TestModelAgrees(t *testing.T) {
	for _, difference := range compareModel(compile().root, reflect.TypeFor[Cluster](), "") {
		t.Error(difference)
	}
}

// TestModelComparisonNotices breaks the model in each way that the comparison is there for.
func TestModelComparisonNotices(t *testing.T) {
	root := compile().root
	root.open()
	endpoint := root.byName["endpoint"]
	models := map[string]reflect.Type{
		"a field less": reflect.TypeFor[struct{ Host string }](),
		"a field more": reflect.TypeFor[struct {
			Host, More string
			Port       int
		}](),
		"another kind": reflect.TypeFor[struct{ Host, Port string }](),
		"a pointer": reflect.TypeFor[struct {
			Host *string
			Port int
		}](),
		"a misspelt field": reflect.TypeFor[struct {
			Host string
			Prt  int
		}](),
	}
	for name, model := range models {
		if len(compareModel(endpoint, model, "endpoint")) == 0 {
			t.Errorf("%s: nothing was noticed", name)
		}
	}
}

func compareModel(n *node, model reflect.Type, path string) []string {
	n.open()
	var differences []string
	differ := func(format string, args ...any) {
		differences = append(differences, path+": "+fmt.Sprintf(format, args...))
	}
	if model.Kind() == reflect.Pointer {
		if !n.optional && path != "hosts.NAME" {
			differ("the model has a pointer, but the field is always there")
		}
		model = model.Elem()
	}
	if _, ok := reflect.New(model).Interface().(interface{ UnmarshalText([]byte) error }); ok {
		if n.kind != cue.StringKind {
			differ("the model reads text, the schema has %v", n.kind)
		}
		return differences
	}
	want := map[reflect.Kind]cue.Kind{
		reflect.String: cue.StringKind, reflect.Int: cue.IntKind, reflect.Bool: cue.BoolKind, reflect.Slice: cue.ListKind,
		reflect.Map: cue.StructKind, reflect.Struct: cue.StructKind,
	}[model.Kind()]
	switch {
	case model == reflect.TypeFor[Args]():
		want = cue.StringKind | cue.ListKind
	case model.Kind() == reflect.String && n.kind == cue.StringKind|cue.IntKind:
		want = n.kind // sysctls: numbers become text
	}
	if n.kind != want {
		differ("the model has %v, the schema %v", model, n.kind)
		return differences
	}
	switch {
	case model.Kind() == reflect.Struct:
		differences = append(differences, compareFields(n, model, path)...)
	case n.free:
		if model != reflect.TypeFor[map[string]any]() {
			differ("anything is possible, but the model has %v", model)
		}
	case n.element != nil && model != reflect.TypeFor[Args]():
		below := path + ".NAME"
		if !n.isMap() {
			below = path + "[]"
		}
		differences = append(differences, compareModel(n.element, model.Elem(), below)...)
	}
	return differences
}

func compareFields(n *node, model reflect.Type, path string) []string {
	var differences []string
	names := map[string]bool{}
	for i := range model.NumField() {
		f := model.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		names[name] = true
		below := strings.TrimPrefix(path+"."+name, ".")
		child := n.byName[name]
		if child == nil {
			differences = append(differences, below+": only in the model")
			continue
		}
		differences = append(differences, compareModel(child, f.Type, below)...)
	}
	for _, f := range n.fields {
		if !names[f.name] {
			differences = append(differences, path+"."+f.name+": only in the schema")
		}
	}
	return differences
}

func TestEveryFieldIsDocumented(t *testing.T) {
	count := 0
	eachNode(compile().root, "", func(path string, n *node) {
		if strings.HasSuffix(path, "NAME") || strings.HasSuffix(path, "[]") {
			return
		}
		count++
		doc := n.doc()
		switch {
		case doc == "":
			t.Errorf("%s has no doc comment", path)
		case path != "" && strings.Contains(doc, " configures kube") || strings.HasPrefix(doc, "Args are "):
			t.Errorf("%s has the comment of its type: %s", path, doc)
		case !strings.HasSuffix(doc, ".") && !strings.HasSuffix(doc, "."+"\""):
			t.Errorf("%s: the comment doesn't end in a full stop: %s", path, doc)
		}
	})
	if count < 180 {
		t.Errorf("only %d fields were looked at", count)
	}
}

// TestMessagesNameAllTexts holds the words of an enumeration's error() against the enumeration itself.
func TestMessagesNameAllTexts(t *testing.T) {
	counted := 0
	eachNode(compile().root, "", func(path string, n *node) {
		if n.kind == cue.StringKind && n.wants == kindName(n.kind) {
			t.Errorf("%s takes text, but doesn't say which: it needs error(…)", path)
		}
		if n.kind == cue.IntKind && !strings.Contains(n.wants, "without quotes") {
			t.Errorf("%s: the message about a number has to say that it stands without quotes: %s", path, n.wants)
		}
		if len(n.enum) == 0 {
			return
		}
		counted++
		quoted := make([]string, len(n.enum))
		for i, text := range n.enum {
			quoted[i] = quote(text)
		}
		last := len(quoted) - 1
		want := strings.Join(quoted[:last], ", ") + " or " + quoted[last]
		if n.fallback != "" && slices.Index(n.enum, strings.Trim(n.fallback, `"`)) < 0 {
			t.Errorf("%s: the default %s is none of %s", path, n.fallback, want)
		}
		if n.wants != want {
			t.Errorf("%s: the message says %s, the enumeration is %s", path, n.wants, want)
		}
	})
	if counted < 20 {
		t.Errorf("only %d enumerations were found", counted)
	}
}

// TestNoConditions keeps out what makes CUE's verdicts about neighbours wrong: conditional fields, and disjunctions of blocks.
func TestNoConditions(t *testing.T) {
	eachNode(compile().root, "", func(path string, n *node) {
		if n.kind.IsAnyOf(cue.StructKind) && n.kind != cue.StructKind {
			t.Errorf("%s is a block or something else: %v", path, n.kind)
		}
	})
	if strings.Contains(Definition(), "\tif ") {
		t.Error("the schema has a conditional field")
	}
}

// TestDefaults holds the defaults against the contract. Anything else in Go reads them from the schema.
func TestDefaults(t *testing.T) {
	want := map[string]string{
		"site": `"default"`, "platform": `"on-premises"`, "hostNetworks": `[]`,
		"kubernetes.imageRepository":                   `"registry.k8s.io"`,
		"kubernetes.networking.serviceCIDRs":           `["10.96.0.0/12"]`,
		"kubernetes.networking.nodeCIDRMaskSizes.ipv4": `24`,
		"kubernetes.networking.nodeCIDRMaskSizes.ipv6": `64`,
		"kubernetes.networking.dnsDomain":              `"cluster.local"`,
		"kubernetes.apiServer.port":                    `6443`,
		"kubernetes.apiServer.bind":                    `"all"`,
		"kubernetes.apiServer.anonymousAuth":           `"all" from 1.28, "health" from 1.32`,
		"kubernetes.apiServer.audit.enabled":           `true`,
		"kubernetes.apiServer.audit.logPath":           `"/var/log/kubernetes/audit.log"`,
		"kubernetes.apiServer.audit.maxAgeDays":        `30`,
		"kubernetes.apiServer.audit.maxBackups":        `10`,
		"kubernetes.apiServer.audit.maxSizeMB":         `100`,
		"kubernetes.apiServer.extraVolumes.readOnly":   `true`,
		"kubernetes.kubeProxy.mode":                    `"iptables"`,
		"kubernetes.join.discovery":                    `"file"`,
		"kubernetes.certificates.algorithm":            `"RSA-2048"`,
		"kubernetes.certificates.validity":             `"8760h"`,
		"kubernetes.certificates.caValidity":           `"87600h"`,
		"kubernetes.certificates.caKeyOnHosts":         `true`,
		"kubernetes.paths.config":                      `"/etc/kubernetes"`,
		"kubernetes.paths.certificates":                `"/etc/kubernetes/pki"`,
		"kubernetes.paths.flags":                       `"/etc/default"`,
		"kubernetes.paths.binaries":                    `"/usr/local/bin"`,
		"vip.keepalived.virtualRouterID":               ``,
		"vip.keepalived.image":                         ``,
		"vip.keepalived.mode":                          `"unicast"`,
		"vip.keepalived.advertInterval":                `"1s"`,
		"vip.keepalived.preempt":                       `true`,
		"vip.keepalived.check.interval":                `"1s"`,
		"vip.keepalived.check.timeout":                 `"1s"`,
		"vip.keepalived.check.fall":                    `2`,
		"vip.keepalived.check.rise":                    `2`,
		"vip.keepalived.check.weight":                  ``,
		"vip.keepalived.garp.delay":                    `"1s"`,
		"vip.keepalived.garp.repeat":                   `3`,
		"vip.keepalived.garp.refresh":                  `"60s"`,
		"vip.kubeVIP.lease.duration":                   `"15s"`,
		"vip.kubeVIP.lease.renewDeadline":              `"10s"`,
		"vip.kubeVIP.lease.retryPeriod":                `"2s"`,
		"loadBalancer.placement":                       ``,
		"loadBalancer.port":                            ``,
		"loadBalancer.bind":                            `"all"`,
		"loadBalancer.balance":                         `"leastconn"`,
		"loadBalancer.healthCheck.path":                `"/readyz"`,
		"loadBalancer.healthCheck.verifyCA":            `false`,
		"loadBalancer.healthCheck.interval":            `"2s"`,
		"loadBalancer.healthCheck.timeout":             `"5s"`,
		"loadBalancer.healthCheck.fall":                `3`,
		"loadBalancer.healthCheck.rise":                `2`,
		"loadBalancer.timeouts.connect":                `"500ms"`,
		"loadBalancer.timeouts.idle":                   `"1h"`,
		"loadBalancer.maxConnections":                  `4096`,
		"loadBalancer.accessLog.enabled":               `false`,
		"loadBalancer.stats.enabled":                   `false`,
		"loadBalancer.stats.address":                   `"127.0.0.1"`,
		"loadBalancer.stats.port":                      `10080`,
		"loadBalancer.stats.path":                      `"/status"`,
		"etcd.topology":                                ``,
		"etcd.dataDir":                                 `"/var/lib/etcd"`,
		"etcd.heartbeatInterval":                       `"100ms"`,
		"etcd.electionTimeout":                         `"1s"`,
		"etcd.quotaBackendGiB":                         `2`,
		"etcd.paths.config":                            `"/etc/etcd"`,
		"etcd.paths.certificates":                      `"/etc/etcd/pki"`,
		"etcd.paths.binaries":                          `"/usr/local/bin"`,
		"hosts.NAME.address":                           ``,
		"hosts.NAME.roles":                             ``,
		"hosts.NAME.state":                             `"active"`,
		"hosts.NAME.zone":                              `""`,
		"hosts.NAME.taints":                            ``,
		"hosts.NAME.ssh.port":                          `22`,
		"hosts.NAME.ssh.user":                          `"root"`,
		"machine.os":                                   ``,
		"machine.swap":                                 `false`,
		"machine.etcHosts.endpoint":                    `true`,
		"machine.etcHosts.members":                     `true`,
		"machine.containerRuntime.name":                `"containerd"`,
		"machine.containerRuntime.version":             `"2.3"`,
		"machine.containerRuntime.manage":              `true`,
		"machine.timeServers":                          `[]`,
	}
	for path, value := range want {
		f, err := Explain(path)
		if err != nil {
			t.Error(err)
		} else if f.Default != value {
			t.Errorf("%s: the default is %s, the contract has %s", path, f.Default, value)
		}
	}
}

// TestDefaultsAreAllowed puts each default to the schema itself.
func TestDefaultsAreAllowed(t *testing.T) {
	eachNode(compile().root, "", func(path string, n *node) {
		if n.fallback == "" || n.kind == cue.StructKind {
			return
		}
		v := n.value.Context().CompileString(n.fallback)
		if err := n.value.Unify(v).Validate(cue.Concrete(true)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, name := range n.checks {
			var texts []string
			if v.Decode(&texts) == nil {
				for _, text := range texts {
					if problem, _ := check(name, text); problem != "" {
						t.Errorf("%s: the default: %s", path, problem)
					}
				}
			}
		}
	})
}

func TestDefinitionIsCUE(t *testing.T) {
	ctx := cuecontext.New()
	v := ctx.CompileString(Definition())
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	ok := v.LookupPath(cue.ParsePath("#Host")).Unify(ctx.CompileString(`{address: "10.0.0.1", roles: ["worker"]}`))
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
	bad := v.LookupPath(cue.ParsePath("#Host")).Unify(ctx.CompileString(`{address: "10.0.0.1", roles: ["wroker"]}`))
	if bad.Validate() == nil {
		t.Error("a misspelt role is fine")
	}
}

func TestJSONSchema(t *testing.T) {
	data, err := JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	again, err := JSONSchema()
	if err != nil || string(data) != string(again) {
		t.Error("a second call gives another schema", err)
	}
	ctx := cuecontext.New()
	schemaFile, err := jsonschema.Extract(ctx.CompileBytes(data), &jsonschema.Config{StrictFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	schema := ctx.BuildFile(schemaFile)
	if err := schema.Err(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range references(t) {
		e := evaluateFolder(t, dir)
		document, err := e.cluster.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		document = []byte(`{"cluster":` + string(document) + `}`)
		if err := schema.Unify(ctx.CompileBytes(document)).Validate(cue.Concrete(true)); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		for _, broken := range []string{"endpoint", "kubernetes", "machine"} {
			bad := strings.Replace(string(document), quote(broken)+":", quote(broken+"x")+":", 1)
			if schema.Unify(ctx.CompileString(bad)).Validate(cue.Concrete(true)) == nil {
				t.Errorf("%s: a misspelt %s is fine", dir, broken)
			}
		}
	}
	for _, bad := range []string{
		`{"cluster":{"endpoint":{"port":"8443"}}}`, `{"cluster":{"endpoint":{"port":99999}}}`, `{"cluster":{"platform":"moon"}}`,
		`{"cluster":{"hosts":{"A_B":{}}}}`, `{"cluster":{"hosts":{"a":{"roles":[]}}}}`, `{"cluster":{"hosts":{"a":{"taints":[{"key":"a"}]}}}}`,
	} {
		if !json.Valid([]byte(bad)) {
			t.Fatal(bad)
		}
		if schema.Unify(ctx.CompileString(bad)).Validate(cue.Concrete(true)) == nil {
			t.Errorf("%s is fine", bad)
		}
	}
}

func TestExplain(t *testing.T) {
	// Every field can be reached by the path that Explain itself gives.
	eachNode(compile().root, "", func(path string, n *node) {
		f, err := Explain(path)
		if err != nil {
			t.Error(err)
			return
		}
		if f.Type == "" || strings.Contains(f.Type, "_") {
			t.Errorf("%s: type %q", path, f.Type)
		}
		for _, child := range f.Children {
			if _, err := Explain(strings.TrimPrefix(f.Path+"."+child, ".")); err != nil {
				t.Error(err)
			}
		}
	})
	cases := []struct{ path, want string }{
		{"loadBalancer.healthChek", `loadBalancer has no field "healthChek": did you mean loadBalancer.healthCheck?`},
		{"podCIDRs", `a cluster has no field "podCIDRs": did you mean kubernetes.networking.podCIDRs?`},
		{"hosts.cp1.adress", `hosts.NAME has no field "adress": did you mean hosts.NAME.address?`},
		{"kubernetes.kubelet.config.maxPods", `kubernetes.kubelet.config has no fields of the schema's below it, so no "maxPods"`},
		{"site.x", `site has no fields of the schema's below it, so no "x"`},
	}
	for _, c := range cases {
		if _, err := Explain(c.path); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.path, err, c.want)
		}
	}
	for path, want := range map[string]string{
		`hosts."node-1.example.net".vrrp`: "hosts.NAME.vrrp", "hosts.cp1.taints[0].key": "hosts.NAME.taints.key", "": "",
	} {
		if f, err := Explain(path); err != nil || f.Path != want {
			t.Errorf("%s: %s, %v", path, f.Path, err)
		}
	}
}
