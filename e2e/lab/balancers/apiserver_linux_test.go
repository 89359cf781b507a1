package balancers

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/authority"
	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/internal/topology"
)

// An API server is played by this test's own binary, under the real one's name and as its unit, so that it can be stopped, killed
// and made to hang. Like the real one it keeps nothing itself: what it is asked it asks the test, which stands for etcd.
const (
	playedProgram = "/usr/local/bin/kube-apiserver"
	playedFolder  = "/etc/played"
	storeVariable = "KHAGEN_LAB_STORE"  // where the test answers, as a URL; set in that unit alone
	listenVar     = "KHAGEN_LAB_LISTEN" // address and port
	storePort     = 8080
)

const playedUnit = `[Unit]
Description=What stands for an API server
StartLimitIntervalSec=0

[Service]
Environment=%s=%s %s=%s
ExecStart=%s
Restart=always
RestartSec=2s

[Install]
WantedBy=multi-user.target
`

// serverName is what clients expect in the certificate of any API server.
const serverName = "kubernetes"

// isPlayed says whether this process is a played API server.
func isPlayed() bool { return os.Getenv(storeVariable) != "" }

// play is the API server's main.
func play() int {
	store, err := url.Parse(os.Getenv(storeVariable))
	if err != nil {
		log.Print(err)
		return 1
	}
	proxy := httputil.NewSingleHostReverseProxy(store)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := &http.Server{Addr: os.Getenv(listenVar), Handler: proxy, ReadHeaderTimeout: time.Minute, ErrorLog: proxy.ErrorLog}
	log.Print(server.ListenAndServeTLS(filepath.Join(playedFolder, "tls.crt"), filepath.Join(playedFolder, "tls.key")))
	return 1
}

// addPlayed gives a host an API server that is played.
func addPlayed(spec *lab.HostSpec, h *topology.Host, ca *authority.Authority, store netip.Addr) error {
	certificate, key, err := ca.Issue(serverName, h.Name)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	unit := fmt.Sprintf(playedUnit, storeVariable, "http://"+topology.HostPort(store, storePort),
		listenVar, topology.HostPort(h.Address(), h.Cluster.Spec.Kubernetes.APIServer.Port), playedProgram)
	const path = "/etc/systemd/system/"
	spec.Binds = map[string]string{playedProgram: self}
	spec.Files = append(spec.Files,
		lab.File{Path: playedFolder + "/tls.crt", Content: certificate},
		lab.File{Path: playedFolder + "/tls.key", Mode: 0o600, Content: key},
		lab.File{Path: path + "kube-apiserver.service", Content: []byte(unit)},
		lab.File{Path: path + "multi-user.target.d/played.conf", Content: []byte("[Unit]\nWants=kube-apiserver.service\n")},
	)
	return nil
}

// answer answers the played API servers, until the end of the test.
func answer(t *testing.T, at netip.Addr) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", topology.HostPort(at, storePort))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: new(objects)}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { server.Close() })
}
