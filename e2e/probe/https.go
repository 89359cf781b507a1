package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
)

// HTTPS asks a server for a path, each time on a connection of its own, and has its answer for the server's name. Any
// status but 200 is an error. dial opens the connection; n counts them.
func HTTPS(dial func(ctx context.Context, n int) (net.Conn, error), config *tls.Config, path string) func(context.Context, int) (string, error) {
	return func(ctx context.Context, n int) (string, error) {
		transport := &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dial(ctx, n)
			if err != nil {
				return nil, err
			}
			secured := tls.Client(conn, config)
			if err := secured.HandshakeContext(ctx); err != nil {
				conn.Close()
				return nil, err
			}
			return secured, nil
		}}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+config.ServerName+path, nil)
		if err != nil {
			return "", err
		}
		response, err := transport.RoundTrip(request)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && response.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d", response.StatusCode)
		}
		return string(body), err
	}
}
