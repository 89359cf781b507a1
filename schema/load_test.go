package schema

import (
	"testing"
)

func TestReferences(t *testing.T) {
	dirs, err := Find("testdata/overlays")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		c, err := Load(dir)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		t.Logf("%+v", c)
	}
}
