package tree

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeManifest(t *testing.T) {
	m := &Manifest{
		Host:     "node1",
		Cluster:  "shop",
		Roles:    []string{"control-plane", "etcd"},
		Packages: []Package{{Name: "kubelet", Version: "1.36.3-*", Hold: true}, {Name: "haproxy"}},
		Programs: []Program{{
			Path: "/opt/etcd", Version: "3.6.8", Mode: "0755", URL: "u", Checksum: "c", Phase: PhaseEtcd, Notify: []string{"restart etcd.service"},
		}},
		Units: []Unit{{Name: "kubelet.service", Enabled: true}},
		Files: []ManifestFile{
			{Path: "/etc/b", Kind: KindSecret, Mode: "0600", Owner: "root:root", Phase: PhaseEtcd, Notify: []string{"reload b.service"}, Source: "b"},
			{Path: "/etc/<a>&", Kind: KindFile, Mode: "0644", Owner: "root:root", Source: "a"},
		},
	}
	want := `{
  "host": "node1",
  "cluster": "shop",
  "roles": ["control-plane","etcd"],
  "packages": [
    {"name":"haproxy"},
    {"name":"kubelet","version":"1.36.3-*","hold":true}
  ],
  "programs": [
    {"path":"/opt/etcd","version":"3.6.8","mode":"0755","url":"u","checksum":"c","phase":"etcd","notify":["restart etcd.service"]}
  ],
  "units": [
    {"name":"kubelet.service","enabled":true}
  ],
  "files": [
    {"path":"/etc/<a>&","kind":"file","mode":"0644","owner":"root:root","source":"a"},
    {"path":"/etc/b","kind":"secret","mode":"0600","owner":"root:root","phase":"etcd","notify":["reload b.service"],"source":"b"}
  ]
}
`
	if diff := cmp.Diff(want, string(EncodeManifest(m))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if m.Packages[0].Name != "kubelet" {
		t.Error("encoding sorted the caller's list")
	}
	if got, want := string(EncodeManifest(&Manifest{Cluster: "a"})), "{\n  \"cluster\": \"a\",\n  \"files\": []\n}\n"; got != want {
		t.Errorf("empty manifest: %q, want %q", got, want)
	}
}

// Every field of the types has to come back, so that a new field can't be forgotten in the encoder.
func TestManifestRoundTrip(t *testing.T) {
	var m Manifest
	n := 0
	fill(reflect.ValueOf(&m).Elem(), &n)
	data := EncodeManifest(&m)
	var plain Manifest
	if err := json.Unmarshal(data, &plain); err != nil {
		t.Fatal(err)
	}
	got, intact := ReadManifest(data)
	if diff := cmp.Diff(m, *got); diff != "" || !intact {
		t.Errorf("intact %v, -want +got:\n%s", intact, diff)
	}
}

// fill sets every field below v to a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("value-%03d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("fill doesn't know " + v.Kind().String())
	}
}

func TestReadManifestConflicted(t *testing.T) {
	tests := []struct{ name, data string }{
		{"conflict", `{
  "host": "node1",
  "cluster": "shop",
  "programs": [
    {"path":"/usr/local/bin/kubelet","version":"1.36.3","mode":"0755","url":"https://example.net/kubelet","checksum":"https://example.net/sums"}
  ],
  "pki": [
    {"path":"/etc/kubernetes/pki/ca.crt","mode":"0644","owner":"root:root","phase":"prerequisites"}
  ],
  "files": [
    {"path":"/etc/a","kind":"file","mode":"0644","owner":"root:root","source":"a"},
<<<<<<< HEAD
    {"path":"/etc/b","kind":"block","mode":"0644","owner":"root:root","source":"b"}
||||||| 1234567
    {"path":"/etc/c","kind":"file","mode":"0644","owner":"root:root","source":"c"}
=======
    {"path":"/etc/a","kind":"file","mode":"0600","owner":"root:root","source":"a"},
    {"path":"/etc/d","kind":"secret","mode":"0644","owner":"root:root","source":"d"}
>>>>>>> other
  ]
}
`},
		{"cut off", `{
  "host": "node1",
  "cluster": "shop",
    {"path":"/etc/a","kind":"file"},
    {"path":"/etc/b","kind":"block"},
    {"path":"/etc/c","kind":"file"},
    {"path":"/etc/d","kind":"secret"},
    {"path":"/etc/e","ki`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, data := range []string{test.data, strings.ReplaceAll(test.data, "\n", "\r\n")} {
				m, intact := ReadManifest([]byte(data))
				if intact || m.Cluster != "shop" || m.Host != "node1" {
					t.Errorf("intact %v, cluster %q, host %q", intact, m.Cluster, m.Host)
				}
				want := []string{
					"hosts/node1/rootfs/etc/a", "hosts/node1/blocks/etc/b", "hosts/node1/rootfs/etc/c", "hosts/node1/secrets/etc/d.j2",
				}
				if diff := cmp.Diff(want, m.treePaths("node1")); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}

// A manifest that a hand has edited can claim nothing outside its host's folder.
func TestManifestClaims(t *testing.T) {
	m := &Manifest{Files: []ManifestFile{{Path: "/etc/a", Kind: KindFile}, {Path: "../../../node2/rootfs/etc/a", Kind: KindManifest}}}
	if diff := cmp.Diff([]string{"hosts/node1/rootfs/etc/a"}, m.treePaths("node1")); diff != "" {
		t.Error(diff)
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add([]byte("{\"cluster\": \"a\",\n<<<<<<<\n{\"path\":\"/etc/a\"},\n"))
	f.Add(EncodeManifest(&Manifest{Cluster: "a", Files: []ManifestFile{{Path: "/etc/a", Kind: KindFile}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _ := ReadManifest(data)
		for _, p := range m.treePaths("node1") {
			if !strings.HasPrefix(p, "hosts/node1/") {
				t.Errorf("claims %q", p)
			}
		}
	})
}
