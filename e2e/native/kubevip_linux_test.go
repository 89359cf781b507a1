package native

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/internal/upstream"
)

// setting is an environment variable of kube-vip, which says nothing of those that it doesn't know.
type setting struct {
	since upstream.Version // the first release that reads it, where that is newer than the oldest that khagen renders for
	parse func(value string) error
}

// checksSince is the release that brought the health check.
var checksSince = upstream.Version{Major: 1, Minor: 2}

// kubeVIPSettings are those that khagen renders, as kube-vip reads them. Sources: pkg/kubevip/config_envvar.go,
// config_environment.go and config_bgp.go; CHANGELOG.md of 1.2.0.
var kubeVIPSettings = map[string]setting{
	"address":            {parse: listOf(parsed(netip.ParseAddr))},
	"bgp_as":             {parse: number(32)},
	"bgp_enable":         {parse: parsed(strconv.ParseBool)},
	"bgp_peers":          {parse: listOf(kubeVIPPeer)},
	"bgp_routerid":       {parse: parsed(netip.ParseAddr)},
	"cp_enable":          {parse: parsed(strconv.ParseBool)},
	"cp_namespace":       {},
	"kubernetes_addr":    {parse: parsed(url.Parse)},
	"port":               {parse: number(16)},
	"prometheus_server":  {parse: parsed(netip.ParseAddrPort)},
	"vip_arp":            {parse: parsed(strconv.ParseBool)},
	"vip_interface":      {},
	"vip_leaderelection": {parse: parsed(strconv.ParseBool)},
	"vip_leaseduration":  {parse: number(31)},
	"vip_leasename":      {},
	"vip_nodename":       {},
	"vip_renewdeadline":  {parse: number(31)},
	"vip_retryperiod":    {parse: number(31)},
	"vip_subnet":         {parse: listOf(number(7))},

	"control_plane_health_check_address":           {since: checksSince},
	"control_plane_health_check_ca_path":           {since: checksSince},
	"control_plane_health_check_failure_threshold": {since: checksSince, parse: number(31)},
	"control_plane_health_check_period_seconds":    {since: checksSince, parse: number(31)},
	"control_plane_health_check_timeout_seconds":   {since: checksSince, parse: number(31)},
}

func parsed[T any](parse func(string) (T, error)) func(string) error {
	return func(value string) error {
		_, err := parse(value)
		return err
	}
}

func number(bits int) func(string) error {
	return parsed(func(value string) (uint64, error) { return strconv.ParseUint(value, 10, bits) })
}

func listOf(parse func(string) error) func(string) error {
	return func(value string) error {
		var errs []error
		for element := range strings.SplitSeq(value, ",") {
			errs = append(errs, parse(element))
		}
		return errors.Join(errs...)
	}
}

// kubeVIPPeer is ADDRESS:AS:PASSWORD:MULTIHOP, an IPv6 address in brackets. What follows a slash is read apart.
var bgpPeer = regexp.MustCompile(`^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d+):([^:/,]*):(true|false)$`)

func kubeVIPPeer(value string) error {
	m := bgpPeer.FindStringSubmatch(value)
	if m == nil {
		return fmt.Errorf("not a peer: %q", value)
	}
	_, err := netip.ParseAddr(m[1] + m[2])
	return errors.Join(err, number(32)(m[3]))
}

// checkKubeVIP reads a manifest as kube-vip of its image's version reads its environment.
func checkKubeVIP(manifest []byte) error {
	var pod struct {
		Spec struct {
			Containers []struct {
				Image string
				Env   []struct{ Name, Value string }
			}
		}
	}
	if err := yaml.NewDecoder(bytes.NewReader(manifest)).Decode(&pod); err != nil {
		return err
	}
	main := pod.Spec.Containers[0]
	_, tag, _ := strings.Cut(main.Image, ":v")
	version, err := upstream.ParseVersion(tag)
	errs := []error{err}
	env := map[string]string{}
	for _, e := range main.Env {
		known, ok := kubeVIPSettings[e.Name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: kube-vip knows no such setting", e.Name))
		case version.Compare(known.since) < 0:
			errs = append(errs, fmt.Errorf("%s: kube-vip %s doesn't know it yet", e.Name, version))
		case known.parse != nil:
			if err := known.parse(e.Value); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", e.Name, err))
			}
		}
		env[e.Name] = e.Value
	}
	return errors.Join(append(errs, asksItsOwn(env), elects(env))...)
}

// asksItsOwn says whether who stands for election asks the API server of its own host. From 1.2 on kube-vip takes the server of
// admin.conf otherwise, which is the VIP (pkg/manager/manager.go, New, and the default of k8sConfigPath in cmd/kube-vip.go).
func asksItsOwn(env map[string]string) error {
	if want := "https://kubernetes:" + env["port"]; env["vip_leaderelection"] == "true" && env["kubernetes_addr"] != want {
		return fmt.Errorf("kubernetes_addr is %q, want %s: it would ask the VIP for the lease that gives the VIP", env["kubernetes_addr"], want)
	}
	return nil
}

// elects says whether client-go's leader election starts with these times (NewLeaderElector).
func elects(env map[string]string) error {
	if env["vip_leaderelection"] != "true" {
		return nil
	}
	seconds := func(name string) time.Duration {
		n, _ := strconv.Atoi(env[name]) // judged before
		return time.Duration(n) * time.Second
	}
	if d, renew, retry := seconds("vip_leaseduration"), seconds("vip_renewdeadline"), seconds("vip_retryperiod"); d <= renew || renew <= retry*12/10 {
		return fmt.Errorf("no election with a lease of %s, %s to renew it, %s between two tries", d, renew, retry)
	}
	return nil
}

// TestKubeVIP reads every manifest of the golden cases as kube-vip does, and refuses spoilt ones.
func TestKubeVIP(t *testing.T) {
	cases, err := filepath.Glob(filepath.Join(repository(t), "generators", "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var manifests [][]byte
	for _, file := range cases {
		hosts, err := rendered.Render(unpack(t, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			if f := h.File("/etc/kubernetes/manifests/kube-vip.yaml"); f != nil {
				manifests = append(manifests, rendered.Delivered(f))
				if err := checkKubeVIP(rendered.Delivered(f)); err != nil {
					t.Errorf("%s: %s: %v", filepath.Base(file), f.TreePath(), err)
				}
			}
		}
	}
	if len(manifests) < 8 {
		t.Fatalf("only %d manifests", len(manifests))
	}
	for _, b := range []struct{ old, new, says string }{
		{"name: vip_subnet", "name: vip_cidr", "vip_cidr"},
		{`value: "24"`, "value: /24", "vip_subnet"},
		{"- name: kubernetes_addr\n +value: .*\n +", "", "ask the VIP"},
		{"(name: vip_leaseduration\n +value:) .*", `$1 "3"`, "no election"},
		{"(name: vip_leaseduration\n +value:) .*", "$1 5s", "vip_leaseduration"},
		{"(name: bgp_peers\n +value:) .*", "$1 2001:db8::1:65000::false", "not a peer"},
		{"stub1234", "stub:1234", "not a peer"},
		{"kube-vip:v1[.]2[.]3", "kube-vip:v1.1.2", "doesn't know it yet"},
	} {
		spoil := regexp.MustCompile(b.old)
		refused := slices.ContainsFunc(manifests, func(m []byte) bool {
			err := checkKubeVIP(spoil.ReplaceAll(m, []byte(b.new)))
			return err != nil && strings.Contains(err.Error(), b.says)
		})
		if !refused {
			t.Errorf("%s in place of %s: nobody says %q", b.new, b.old, b.says)
		}
	}
}
