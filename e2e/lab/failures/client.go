package failures

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// Client is how clients reach an API server and log in.
type Client struct {
	Address string      // host:port that they connect to
	TLS     *tls.Config // whom they trust, under which ServerName, and the certificate that they log in with
	Token   string      // that they log in with, where they have no certificate

	dial func(ctx context.Context, address string) (net.Conn, error) // opens connections; nil: in the test's own network
}

// transport keeps connections for the next request, or not. A request that times out ends its connection: a server that
// hangs would keep it, and all requests after.
func (c Client) transport(keep bool) *http.Transport {
	dial := c.dial
	if dial == nil {
		dial = func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
	}
	return &http.Transport{
		DisableKeepAlives: !keep, TLSClientConfig: c.TLS, TLSHandshakeTimeout: time.Minute,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, c.Address) },
	}
}

// request is one of the API.
func (c Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, "https://"+c.TLS.ServerName+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return r, nil
}

// answers asks whether the API server is ready, on a connection of its own, and gives the serial number of the certificate
// that it has: which one it is, where each has its own.
func (c Client) answers(ctx context.Context) (server string, err error) {
	request, err := c.request(ctx, http.MethodGet, "/readyz", nil)
	if err != nil {
		return "", err
	}
	response, err := c.transport(false).RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", response.StatusCode)
	}
	return response.TLS.PeerCertificates[0].SerialNumber.Text(16), nil
}

// get reads a JSON document, on a connection of its own.
func (c Client) get(ctx context.Context, path string, into any) error {
	request, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	response, err := c.transport(false).RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", response.StatusCode, cmp.Or(string(body), "no text"))
	}
	return json.Unmarshal(body, into)
}

// kubeconfig is what is read of one.
type kubeconfig struct {
	CurrentContext string `yaml:"current-context"`
	Contexts       []struct {
		Name    string
		Context struct{ Cluster, User string }
	}
	Clusters []struct {
		Name    string
		Cluster struct {
			Server     string
			ServerName string `yaml:"tls-server-name"`
			CA         string `yaml:"certificate-authority"`
			CAData     string `yaml:"certificate-authority-data"`
		}
	}
	Users []struct {
		Name string
		User struct {
			Certificate     string `yaml:"client-certificate"`
			CertificateData string `yaml:"client-certificate-data"`
			Key             string `yaml:"client-key"`
			KeyData         string `yaml:"client-key-data"`
			Token           string
		}
	}
}

// Kubeconfig reads one that lies on a host, with the files that it names, in the folder that has the host's files.
func Kubeconfig(root, path string) (Client, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return Client{}, err
	}
	var config kubeconfig
	if err := yaml.Unmarshal(text, &config); err != nil {
		return Client{}, fmt.Errorf("read %s: %w", path, err)
	}
	c, err := config.client(func(name, data string) ([]byte, error) {
		if data != "" {
			return base64.StdEncoding.DecodeString(data)
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return os.ReadFile(filepath.Join(root, name))
	})
	if err != nil {
		return Client{}, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// client is what a kubeconfig's current context says; read gives the content of a file, or what stands in its place.
func (k *kubeconfig) client(read func(name, data string) ([]byte, error)) (Client, error) {
	c := Client{TLS: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}}
	var cluster, user string
	for _, entry := range k.Contexts {
		if entry.Name == k.CurrentContext {
			cluster, user = entry.Context.Cluster, entry.Context.User
		}
	}
	for _, entry := range k.Clusters {
		if entry.Name != cluster {
			continue
		}
		server, err := url.Parse(entry.Cluster.Server)
		if err != nil {
			return c, err
		}
		authority, err := read(entry.Cluster.CA, entry.Cluster.CAData)
		if err != nil {
			return c, err
		}
		c.Address, c.TLS.ServerName = server.Host, server.Hostname()
		if name := entry.Cluster.ServerName; name != "" {
			c.TLS.ServerName = name
		}
		c.TLS.RootCAs.AppendCertsFromPEM(authority)
	}
	if c.Address == "" {
		return c, errors.New("it has no current cluster")
	}
	for _, entry := range k.Users {
		if entry.Name != user {
			continue
		}
		if c.Token = entry.User.Token; c.Token != "" {
			continue
		}
		certificate, err := read(entry.User.Certificate, entry.User.CertificateData)
		if err != nil {
			return c, err
		}
		key, err := read(entry.User.Key, entry.User.KeyData)
		if err != nil {
			return c, err
		}
		pair, err := tls.X509KeyPair(certificate, key)
		if err != nil {
			return c, err
		}
		c.TLS.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
