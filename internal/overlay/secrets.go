package overlay

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/khagen/khagen/internal/tree"
	"github.com/khagen/khagen/schema"
)

// What is a secret wherever it stands in a file. Texts that only name one, such as a password's variable, aren't.
var (
	privateKey    = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----(\s*\n|\\n)`)
	clientKeyData = regexp.MustCompile(`client-key-data"?\s*:\s*"?[A-Za-z0-9+/=]{40,}`)
	webToken      = regexp.MustCompile(`token"?\s*[:=]\s*["']?eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`)
	joinToken     = regexp.MustCompile(`(?i:token)"?\s*[:=]\s*["']?[a-z0-9]{6}\.[a-z0-9]{16}\b`)
	uploadKey     = regexp.MustCompile(`certificateKey"?\s*[:=]\s*["']?[0-9a-f]{64}\b`)
	kubeconfig    = regexp.MustCompile(`(?m)^kind:\s*["']?Config\b`)
	login         = regexp.MustCompile(`(?m)^[\s-]*(token|password):[ \t]*["']?[^\s"'#{$<]`)
)

// secretIn says what secret a text holds, and where it begins; what is empty where it is none that khagen knows.
func secretIn(text string) (what string, at int) {
	for _, kind := range []struct {
		pattern *regexp.Regexp
		name    string
	}{{privateKey, "a private key"}, {clientKeyData, "a kubeconfig's client key"}, {webToken, "a token"}, {joinToken, "a token"}, {uploadKey, "kubeadm's certificate key"}} {
		if found := kind.pattern.FindStringIndex(text); found != nil {
			return kind.name, found[0]
		}
	}
	if found := login.FindStringIndex(text); found != nil && kubeconfig.MatchString(text) {
		return "a kubeconfig's token or password", found[0]
	}
	return "", 0
}

// hasSecret says whether there is a secret in a text that is to go into out/, and reports it; at gives the place of a line.
func (r *repository) hasSecret(text []byte, at func(line int) schema.Position) bool {
	what, offset := secretIn(string(text))
	if what != "" {
		r.report(at(1+bytes.Count(text[:offset], []byte("\n"))), "here is "+what+": "+inGit, "take it out, and replace it wherever it is in use")
	}
	return what != ""
}

const inGit = "overlays/ and out/ are in Git"

// judge reports a secret in a file, and what a file of this kind can't hold. The placeholders of secrets are no part of the text.
func (o *own) judge(f *schema.OwnFile, text string, kind tree.Kind) {
	e := schema.Error{Pos: schema.Position{File: f.File}}
	if what, at := secretIn(text); what != "" {
		if !f.Template { // else its lines are others
			e.Pos.Line, e.Pos.Col = 1+strings.Count(text[:at], "\n"), 1
		}
		e.Problem = "the file holds " + what + ": " + inGit
		e.Hint = `take it out, replace it wherever it is in use, and write {{ secret "name" }} in a template (a file whose name ends in .tmpl)`
		o.report(e)
	}
	switch {
	case kind == tree.KindSecret:
		if mark := jinjaIn(text); mark != "" {
			e.Problem = "a file with secrets can't have " + mark + " beside them: whoever puts the secrets in would take it for a part of the template"
			e.Hint = "put the secrets into a file of their own"
			o.report(e)
		}
	case strings.Contains(text, "khagen_secrets["):
		e.Problem = "a placeholder of a secret in a file that is delivered as it stands"
		e.Hint = `write {{ secret "name" }} in a template (a file whose name ends in .tmpl)`
		o.report(e)
	}
}

// jinjaIn finds what begins a part of a Jinja template.
func jinjaIn(text string) string {
	for _, mark := range []string{"{{", "{%", "{#"} {
		if strings.Contains(text, mark) {
			return mark
		}
	}
	return ""
}
