package overlay

import "testing"

// TestHash shows that the annotation stays a text for YAML: the API has no annotation that is a number.
func TestHash(t *testing.T) {
	for _, test := range []struct{ pod, old, hash, want string }{
		{"    khagen/config-hash: 0a\n", "0a", "0b", "    khagen/config-hash: 0b\n"},
		{"    khagen/config-hash: 0a\n", "0a", "1234567890123456", "    khagen/config-hash: \"1234567890123456\"\n"},
		{"    khagen/config-hash: \"12\"\n", "12", "0b", "    khagen/config-hash: 0b\n"},
		{"    khagen/config-hash: 0a\n", "12", "0b", "    khagen/config-hash: 0a\n"},
	} {
		if got := string(withHash([]byte(test.pod), test.old, test.hash)); got != test.want {
			t.Errorf("%q: got %q, want %q", test.pod, got, test.want)
		}
	}
}
