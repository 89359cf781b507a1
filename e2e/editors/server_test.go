package editors

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/khagen/khagen/e2e/rendered"
)

// cue gives the path of CUE's command; without it the test is skipped, or fails in CI.
func cue(t *testing.T) string {
	t.Helper()
	repository, err := rendered.Repository()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(repository, "e2e/.cache/bin/cue-0.17/cue")
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("cue is not built: run make tools")
	}
	return program
}

// offline is the environment of a program that has no registry.
func offline(t *testing.T) []string {
	t.Helper()
	return append(os.Environ(), "CUE_REGISTRY=none", "CUE_CACHE_DIR="+t.TempDir())
}

// server is a running cue lsp, as an editor sees it.
type server struct {
	t    *testing.T
	in   io.Writer
	out  *bufio.Reader
	last int
}

type message struct {
	Version string          `json:"jsonrpc"`
	ID      *int            `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
}

// start runs the server for a folder.
func start(t *testing.T, root string) *server {
	t.Helper()
	const patience = time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	command := exec.CommandContext(ctx, cue(t), "lsp")
	command.Env = offline(t)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = command.Wait() // it was killed
	})
	s := &server{t: t, in: in, out: bufio.NewReader(out)}
	uri := "file://" + root
	s.ask("initialize", map[string]any{
		"rootUri": uri, "workspaceFolders": []any{map[string]any{"uri": uri, "name": "fleet"}}, "capabilities": map[string]any{},
	}, nil)
	s.tell("initialized", map[string]any{})
	return s
}

func (s *server) tell(method string, params any) {
	s.t.Helper()
	s.send(message{Method: method, Params: params})
}

// ask waits for the answer to a request, and reads past whatever else the server has to say.
func (s *server) ask(method string, params, result any) {
	s.t.Helper()
	s.last++
	id := s.last
	s.send(message{ID: &id, Method: method, Params: params})
	for {
		answer, err := s.read()
		if err != nil {
			s.t.Fatalf("%s: %v", method, err)
		}
		switch {
		case answer.Method != "" && answer.ID != nil: // it asks, too
			s.send(message{ID: answer.ID, Result: json.RawMessage("null")})
		case answer.ID == nil || *answer.ID != id:
		case answer.Error != nil:
			s.t.Fatalf("%s: %s", method, answer.Error)
		default:
			if result != nil {
				if err := json.Unmarshal(answer.Result, result); err != nil {
					s.t.Fatal(err)
				}
			}
			return
		}
	}
}

func (s *server) send(m message) {
	s.t.Helper()
	m.Version = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(data), data); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) read() (m message, err error) {
	header, err := textproto.NewReader(s.out).ReadMIMEHeader()
	if err != nil {
		return m, err
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return m, errors.New("no length of a message")
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(s.out, data); err != nil {
		return m, err
	}
	return m, json.Unmarshal(data, &m)
}

// document is a file that is open in the editor.
type document struct {
	*server
	uri, text string
}

// open shows the server a file that needn't be on disk.
func (s *server) open(path, text string) document {
	s.t.Helper()
	d := document{s, "file://" + path, text}
	s.tell("textDocument/didOpen", map[string]any{
		"textDocument": map[string]any{"uri": d.uri, "languageId": "cue", "version": 1, "text": text},
	})
	return d
}

// at is the place of the cursor, which stands behind this text.
func (d document) at(text string) map[string]any {
	d.t.Helper()
	offset := strings.Index(d.text, text)
	if offset < 0 {
		d.t.Fatalf("no %q in the document", text)
	}
	before := d.text[:offset+len(text)]
	return map[string]any{
		"textDocument": map[string]any{"uri": d.uri},
		"position":     map[string]any{"line": strings.Count(before, "\n"), "character": len(before) - strings.LastIndex(before, "\n") - 1},
	}
}

// hover is what the editor shows at a place.
func (d document) hover(text string) string {
	d.t.Helper()
	var shown struct {
		Contents struct{ Value string }
	}
	d.ask("textDocument/hover", d.at(text), &shown)
	return shown.Contents.Value
}

// complete is what the editor offers at a place.
func (d document) complete(text string) (labels []string) {
	d.t.Helper()
	var offered struct {
		Items []struct{ Label string }
	}
	d.ask("textDocument/completion", d.at(text), &offered)
	for _, item := range offered.Items {
		labels = append(labels, item.Label)
	}
	return labels
}
