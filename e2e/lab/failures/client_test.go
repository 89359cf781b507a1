package failures

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/khagen/khagen/e2e/authority"
)

const adminConfig = `apiVersion: v1
kind: Config
current-context: admin
contexts:
  - {name: admin, context: {cluster: one, user: admin}}
clusters:
  - {name: one, cluster: {server: "https://%s", tls-server-name: kubernetes, certificate-authority-data: %s}}
users:
  - {name: admin, user: {client-certificate-data: %s, client-key-data: %s}}
`

// Where nobody may ask without a certificate, who has none gets an answer that isn't good.
func TestAnswersByCertificate(t *testing.T) {
	ca, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, err := ca.Issue("kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)

	folder := t.TempDir()
	data := base64.StdEncoding.EncodeToString
	text := fmt.Sprintf(adminConfig, server.Listener.Addr(), data(ca.PEM()), data(certificate), data(key))
	if err := os.WriteFile(filepath.Join(folder, "admin.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := Kubeconfig(folder, "admin.conf")
	if err != nil {
		t.Fatal(err)
	}
	if serial, err := client.answers(t.Context()); err != nil || serial != "2" {
		t.Errorf("with a certificate: got %q, %v", serial, err)
	}
	client.TLS.Certificates = nil
	if _, err := client.answers(t.Context()); err == nil || !strings.Contains(err.Error(), "status 401") {
		t.Errorf("without a certificate: got %v", err)
	}
}
