package ansible

import "testing"

func (f *fleet) order(t *testing.T) {
	for _, e := range f.events(t) {
		t.Log(e.host, e.text)
	}
}
