package balancers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/e2e/lab/cluster"
	"github.com/khagen/khagen/e2e/lab/failures"
	"github.com/khagen/khagen/internal/topology"
)

// document is a configuration as somebody published it.
type document struct {
	system  string
	files   map[string]string // path on a host → below testdata/published; HOST stands for the host's name
	own     map[string]string // beside them: what the document's distribution has, and Debian doesn't
	perHost func(h *topology.Host, text string) string
	device  string
	check   []string // asks the balancer's program what it makes of its file
	script  string   // of keepalived; it is asked while all is well
	repairs []repair // without which it doesn't start
	notes   []string
}

// repair is a line that a program refuses.
type repair struct{ path, old, new string }

var documents = []document{
	{
		system: "binary-nginx",
		files: map[string]string{
			"/etc/nginx/nginx.conf":           "nginx.conf",
			"/etc/keepalived/keepalived.conf": "keepalived-HOST.conf",
			"/etc/keepalived/check_nginx.sh":  "check_nginx.sh",
		},
		own: map[string]string{
			"/usr/share/nginx/modules/mod-stream.conf": "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n",
			"/usr/lib/sysusers.d/nginx.conf":           "u nginx -\n",
		},
		device: "ens33",
		check:  []string{"nginx", "-t"},
		script: "/etc/keepalived/check_nginx.sh",
		notes:  []string{"Debian's nginx got what CentOS has: a user nginx, and a file that loads the stream module."},
	},
	{
		system: "kubespray-haproxy",
		files: map[string]string{
			"/etc/haproxy/haproxy.cfg":        "haproxy.cfg",
			"/etc/keepalived/keepalived.conf": "keepalived-HOST.conf",
		},
		check:   []string{"haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"},
		script:  "killall -0 haproxy",
		repairs: []repair{{"/etc/haproxy/haproxy.cfg", "    nbproc 1\n", ""}},
	},
	{
		system: "static-pods",
		files: map[string]string{
			"/etc/haproxy/haproxy.cfg":           "haproxy.cfg",
			"/etc/keepalived/keepalived.conf":    "keepalived.conf",
			"/etc/keepalived/check_apiserver.sh": "check_apiserver.sh",
		},
		perHost: ownAddresses,
		check:   []string{"haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"},
		script:  "/etc/keepalived/check_apiserver.sh",
		notes:   []string{"haproxy and keepalived run as services."},
	},
}

// ownAddresses puts a host's address and its peers' where the document has those of its first host, as it asks to.
func ownAddresses(h *topology.Host, text string) string {
	const first = "172.16.188.11     # The IP address of this machine"
	if !strings.Contains(text, first) {
		return text
	}
	text = strings.Replace(text, first, h.Address().String(), 1)
	// Its own address is the first one's where it was a peer.
	begin, rest, _ := strings.Cut(text, "unicast_peer {")
	peers, end, _ := strings.Cut(rest, "}")
	return begin + "unicast_peer {" + strings.Replace(peers, h.Address().String()+"\n", "172.16.188.11\n", 1) + "}" + end
}

// needReport skips a test that says nothing of khagen, where nobody wants to compare.
func needReport(t *testing.T) {
	t.Helper()
	if failures.ReportFolder() == "" {
		t.Skip("nobody wants a report")
	}
	cluster.Need(t)
}

// TestPublished does to the documents' own configurations what is done to khagen's. It holds them to nothing.
func TestPublished(t *testing.T) {
	needReport(t)
	for i := range documents {
		d := &documents[i]
		t.Run(d.system, func(t *testing.T) { d.measure(t) })
	}
}

func (d *document) measure(t *testing.T) {
	c := cluster.Reference(t, d.system, cluster.Needs{})
	s := start(t, c, func(h *topology.Host, spec *lab.HostSpec) {
		if d.device != "" {
			spec.Interface = d.device
		}
		if h.IsLoadBalancer() {
			spec.Files = append(spec.Files, d.filesOf(t, h)...)
		}
	})
	s.Variant, s.Watched = failures.Published, true
	s.Notes = append(s.Notes, d.notes...)
	d.repair(t, &s)
	for _, h := range s.Topology.LoadBalancers {
		for _, unit := range []string{s.Topology.BalancerUnit(), s.Topology.KeepalivedUnit()} {
			if err := enable(t, s.Lab.Host(h.Name), unit); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !d.works(t, &s) {
		return
	}
	faults := failures.Faults(s.Topology)
	failures.Run(t, s, failures.Of(faults, failures.Balancer, failures.Address, failures.Host, failures.APIServer))
}

func (d *document) filesOf(t *testing.T, h *topology.Host) []lab.File {
	t.Helper()
	var files []lab.File
	for path, name := range d.files {
		text, err := os.ReadFile(filepath.Join("testdata/published", d.system, strings.ReplaceAll(name, "HOST", h.Name)))
		if err != nil {
			t.Fatal(err)
		}
		if d.perHost != nil {
			text = []byte(d.perHost(h, string(text)))
		}
		f := lab.File{Path: path, Content: text}
		if strings.HasSuffix(path, ".sh") {
			f.Mode = 0o755
		}
		files = append(files, f)
	}
	for path, text := range d.own {
		files = append(files, lab.File{Path: path, Content: []byte(text)})
	}
	return files
}

// repair asks the program what it makes of its file. What it refuses is told, and done without.
func (d *document) repair(t *testing.T, s *failures.System) {
	t.Helper()
	first := s.Lab.Host(s.Topology.LoadBalancers[0].Name)
	says, err := first.Run(t.Context(), d.check[0], d.check[1:]...)
	t.Log(says)
	if err == nil {
		return
	}
	s.Broken = append(s.Broken, failures.Broken{What: d.check[0] + " does not start", Says: complaint(says)})
	for _, r := range d.repairs {
		for _, h := range s.Topology.LoadBalancers {
			path := filepath.Join(s.Lab.Host(h.Name).Root(), r.path)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, []byte(r.old)) {
				t.Fatalf("%s has no %q", r.path, r.old)
			}
			text = bytes.Replace(text, []byte(r.old), []byte(r.new), 1)
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s.Notes = append(s.Notes, fmt.Sprintf("Measured without `%s`.", strings.TrimSpace(r.old)))
	}
	if says, err := first.Run(t.Context(), d.check[0], d.check[1:]...); err != nil {
		t.Fatalf("after all repairs: %v: %s", err, says)
	}
}

// works says whether clients reach the API at all. The check script is asked as well, and what it says is told where it fails while
// all is well.
func (d *document) works(t *testing.T, s *failures.System) bool {
	t.Helper()
	vip := s.Topology.VIPs[0].Address
	var holders []string
	for deadline := time.Now().Add(time.Minute); len(holders) == 0 && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		holders, _ = s.Lab.Holders(vip)
	}
	first := s.Lab.Host(s.Topology.LoadBalancers[0].Name)
	if says, err := first.Run(t.Context(), "sh", "-c", d.script); err != nil {
		s.Broken = append(s.Broken, failures.Broken{What: "keepalived's check fails while all is well", Says: complaint(says)})
	}
	if len(holders) == 0 {
		log, _ := first.Run(t.Context(), "journalctl", "--no-pager", "--output=cat", "--unit", s.Topology.KeepalivedUnit())
		t.Log(log)
		s.Broken = append(s.Broken, failures.Broken{What: "nobody takes the address", Says: complaint(log)})
		f := failures.Figures{
			System: d.system, Variant: failures.Published, Date: time.Now().UTC().Format(time.DateOnly), Notes: s.Notes, Broken: s.Broken,
		}
		if err := f.Write(failures.ReportFolder()); err != nil {
			t.Error(err)
		}
		return false
	}
	return true
}

// complaint is what of a program's words tells why: its lines with an error, the first few, else the last.
func complaint(text string) string {
	var lines []string
	all := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range all {
		lower := strings.ToLower(line)
		for _, sign := range []string{"alert", "emerg", "error", "fatal", "unexpected"} {
			if strings.Contains(lower, sign) && len(lines) < 3 {
				lines = append(lines, strings.TrimSpace(line))
				break
			}
		}
	}
	if len(lines) == 0 {
		return all[len(all)-1]
	}
	return strings.Join(lines, "; ")
}

func enable(t *testing.T, h *lab.Host, unit string) error {
	t.Helper()
	_, err := h.Run(t.Context(), "systemctl", "enable", "--now", unit)
	if err == nil {
		return nil
	}
	log, _ := h.Run(t.Context(), "journalctl", "--no-pager", "--output=cat", "--lines=20", "--unit", unit)
	return fmt.Errorf("%w: %s", err, log)
}
