package delivery_test

import (
	"strings"
	"testing"
)

// TestReadmeOfExternalCA: no host comes without its files of khagen pki, workers included, and they go with it.
func TestReadmeOfExternalCA(t *testing.T) {
	const keyless = `kubernetes: {version: "1.36.3", certificates: caKeyOnHosts: false,`
	stacked := strings.Replace(running, `kubernetes: {version: "1.36.3",`, keyless, 1)
	readme := readmeOf(t, stacked)
	wantInOrder(t, readme,
		"\nNo host has an authority's key", "`khagen pki init test`", "`khagen pki check test`", "`khagen pki renew <host> --cluster test`",
		"\n2. Bring `discovery.conf`", "Copy its files of\n   `khagen pki`", "\n3. `kubeadm join",
		"\n### A host goes\n", "\n   Delete `pki/test/hosts/<host>`.\n",
		"\n### A host comes\n", "\n2. `khagen pki init test` makes", "of a worker too", "`pki/test/hosts/<host>/rootfs`", "`khagen pki check test`",
		"\n3. A node joins", "\n4. When it is well",
	)
	members := readmeOf(t, strings.NewReplacer(`"stacked"`, `"hosts"`, "hosts: {", `hosts: {
		e1: {address: "192.0.2.21", roles: ["etcd"]}`).Replace(stacked))
	wantInOrder(t, members,
		"\n2. `khagen pki init test` makes all certificates", "\nNo host has", "as above, before kubeadm runs there",
		"\n### A host comes\n", "\n2. Steps 1 and 2 of the section etcd, for this host, a worker included.", "`khagen pki check test`",
		"member add", "\n3. A node joins", "\n4. When it is well",
	)
	_, byHand, _ := strings.Cut(members, "\n## etcd\n")
	if strings.Contains(members, "makes the rest") || strings.Count(byHand, "khagen pki init") != 1 {
		t.Errorf("leaves certificates to kubeadm, or makes them twice:\n%s", members)
	}
	if plain := readmeOf(t, running); strings.Contains(plain, "khagen pki") {
		t.Errorf("speaks of khagen pki, and kubeadm makes all:\n%s", plain)
	}
}

// TestReadmeOfPin: the CA is in the repository before kubeadm init where khagen pki makes it.
func TestReadmeOfPin(t *testing.T) {
	token := strings.NewReplacer(`version: "1.36.3",`, `version: "1.36.3", join: {discovery: "token", tokenSecret: "bootstrap_token"},`,
		"hosts: {", "bootstrapHost: \"cp1\"\n\thosts: {").Replace(running)
	wantInOrder(t, readmeOf(t, token), "\n   Print the CA's pin,", "\n   openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt ", "\n3. Bring to the other")
	keyless := strings.Replace(token, `version: "1.36.3",`, `version: "1.36.3", certificates: caKeyOnHosts: false,`, 1)
	wantInOrder(t, readmeOf(t, keyless), "\n   Print the CA's pin, in the repository,", "\n   openssl x509 -pubkey -noout -in pki/test/ca.crt ",
		"\n3. The other hosts have their files")
}

// TestReadmeOfSigningKey: a copy of the CA's key needs a CA that is there before kubeadm init. Whose certificate it is may be said, too.
func TestReadmeOfSigningKey(t *testing.T) {
	const args = `version: "1.36.3", controllerManager: {extraVolumes: [{name: "keys", hostPath: "/keys"}], extraArgs: {"cluster-signing-key-file": "/keys/ca.key"}},`
	key := strings.Replace(running, `version: "1.36.3",`, args, 1)
	const command = "kubeadm init phase certs ca --kubernetes-version v1.36.3 --cert-dir "
	wantInOrder(t, readmeOf(t, strings.Replace(key, "hosts: {", "bootstrapHost: \"cp1\"\n\thosts: {", 1)),
		"mount `/keys`", "signs with `/keys/ca.key`", command, "on cp1,", "\n1. On cp1: ")
	readme := readmeOf(t, key)
	wantInOrder(t, readme, "signs with `/keys/ca.key`", "before kubeadm runs there.\n")
	if strings.Contains(readme, command) {
		t.Errorf("makes a CA for a cluster that runs:\n%s", readme)
	}
	for _, other := range []string{
		strings.Replace(key, `"/keys/ca.key"`, `"/keys/ca.key", "cluster-signing-cert-file": "/keys/ca.crt"`, 1),
		strings.Replace(key, `"/keys/ca.key"`, `"/etc/kubernetes/pki/ca.key"`, 1),
	} {
		if readme := readmeOf(t, other); strings.Contains(readme, "signs with") {
			t.Errorf("asks for the key of the cluster's CA, and needs none:\n%s", readme)
		}
	}
}
