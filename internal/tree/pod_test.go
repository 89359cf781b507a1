package tree

import "testing"

// TestSamePod: what the kubelet hashes, and what it doesn't see.
func TestSamePod(t *testing.T) {
	const pod = "# one\nkind: Pod\nspec:\n  containers:\n    - name: a\n      env: [{name: X, value: \"1\"}, {name: Y, value: \"2\"}]\n"
	for text, want := range map[string]bool{
		pod:             true,
		pod + "# two\n": true,
		"spec: {containers: [{env: [{value: '1', name: X}, {name: Y, value: \"2\"}], name: a}]}\nkind: Pod\nstatus:\n":    true,
		"kind: Pod\nspec: {containers: [{name: a, env: [{name: Y, value: \"2\"}, {name: X, value: \"1\"}]}]}\n":           false,
		"kind: Pod\nspec: {containers: [{name: a, image: b, env: [{name: X, value: \"1\"}, {name: Y, value: \"2\"}]}]}\n": false,
		"kind: Pod\nmetadata: {annotations: {a: b}}\nspec: {containers: [{name: a, env: [{name: X, value: \"1\"}]}]}\n":   false,
		"kind: Pod\n  spec: {": false,
		"":                     false,
	} {
		if got := SamePod([]byte(pod), []byte(text)); got != want {
			t.Errorf("%t of %q", got, text)
		}
	}
	if SamePod(nil, nil) {
		t.Error("texts that say nothing are the same")
	}
}
