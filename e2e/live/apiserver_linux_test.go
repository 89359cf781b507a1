package live

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/khagen/khagen/e2e/authority"
	"github.com/khagen/khagen/e2e/sandbox"
)

// mode is how a fake API server behaves.
type mode int

const (
	ready    mode = iota // answers its name, with 200
	failing              // answers 500
	hanging              // accepts connections and never says a word
	refusing             // has no listener; its open connections are cut
)

// apiServer stands for a kube-apiserver: TLS with a certificate for "kubernetes", one answer for every path.
type apiServer struct {
	name, address string
	host          *sandbox.Host
	certificate   tls.Certificate

	// These are for turn and accept alone, and closed while refusing.
	listener net.Listener
	server   *http.Server
	ended    chan struct{} // accept has ended

	mu   sync.Mutex
	mode mode
	held []net.Conn // accepted while hanging
}

// startAPIServer starts the server of a backend on a host that has its address. It is ready.
func startAPIServer(t *testing.T, host *sandbox.Host, b backend, id identity) *apiServer {
	t.Helper()
	s := &apiServer{name: b.name, address: b.address, host: host, certificate: id.server, mode: refusing}
	s.turn(t, ready)
	t.Cleanup(func() { s.turn(t, refusing) })
	return s
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	mode := s.mode
	s.mu.Unlock()
	if mode == failing {
		http.Error(w, "[-]etcd failed", http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, s.name) // the client may have gone
}

// turn changes how the server behaves from now on. Only one goroutine may turn it at a time.
func (s *apiServer) turn(t *testing.T, to mode) {
	t.Helper()
	s.mu.Lock()
	from, held := s.mode, s.held
	s.mode, s.held = to, nil
	s.mu.Unlock() // closing the server waits for accept, which asks for the mode
	for _, conn := range held {
		conn.Close()
	}
	switch {
	case to == refusing && from != refusing:
		stopListening(s.listener)
		s.server.Close()
		<-s.ended
	case to != refusing && from == refusing:
		listener, err := s.host.Listen(s.address)
		if err != nil {
			t.Fatal(err)
		}
		s.listener, s.ended = listener, make(chan struct{})
		s.server = &http.Server{
			Handler: s, TLSConfig: &tls.Config{Certificates: []tls.Certificate{s.certificate}},
			ErrorLog: log.New(io.Discard, "", 0), // haproxy ends its checks without a word
		}
		go s.accept()
	}
}

// stopListening closes a listener for good. Closing alone leaves it to a process that another test is just starting, and
// that has a copy until it comes to its own program.
func stopListening(listener net.Listener) {
	if raw, err := listener.(*net.TCPListener).SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) })
	}
	listener.Close()
}

// accept serves each connection or holds it, until its listener closes.
func (s *apiServer) accept() {
	defer close(s.ended)
	served, serving := make(chan net.Conn), make(chan struct{})
	go func() {
		defer close(serving)
		_ = s.server.ServeTLS(&handedOver{s.listener, served}, "", "") // until it is closed
	}()
	defer func() { close(served); <-serving }()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		hang := s.mode == hanging
		if hang {
			s.held = append(s.held, conn)
		}
		s.mu.Unlock()
		if hang {
			continue
		}
		select {
		case served <- conn:
		case <-serving:
			conn.Close()
		}
	}
}

// handedOver is a listener whose connections somebody else accepts.
type handedOver struct {
	net.Listener
	conns chan net.Conn
}

func (l *handedOver) Accept() (net.Conn, error) {
	conn, open := <-l.conns
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// identity is what API servers prove to their clients.
type identity struct {
	authority []byte          // a certificate in PEM
	server    tls.Certificate // signed by it, for "kubernetes"
}

func newIdentity(t *testing.T) identity {
	t.Helper()
	ca, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	certificate, key, err := ca.Issue("kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	server, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{ca.PEM(), server}
}
