package lab

import (
	"context"
	"fmt"
	"net"
)

// Dial opens a TCP connection from the host, as a program there would. Address is an IP address with a port: names are what the
// machine knows.
func (h *Host) Dial(ctx context.Context, address string) (conn net.Conn, err error) {
	err = h.do(func() error {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("from %s: %w", h.Name, err)
	}
	return conn, nil
}
