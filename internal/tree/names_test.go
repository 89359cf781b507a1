package tree

import (
	"fmt"
	"slices"
	"testing"
)

func TestCompactNames(t *testing.T) {
	numbered := func(format string, from, to int) []string {
		var list []string
		for i := from; i <= to; i++ {
			list = append(list, fmt.Sprintf(format, i))
		}
		return list
	}
	tests := []struct {
		names []string
		want  string
	}{
		{[]string{"a"}, "a"},
		{[]string{"node1", "node2"}, "node1, node2"},
		{numbered("node%d", 1, 50), "node1 … node50"},
		{numbered("node%02d", 8, 12), "node08 … node12"},
		{numbered("k8s-%d.example.net", 9, 11), "k8s-9.example.net … k8s-11.example.net"},
		{append(numbered("node%d", 1, 3), "node5", "node7"), "node1 … node3, node5, node7"},
		{
			[]string{"rack1-node1", "rack1-node2", "rack1-node3", "rack2-node3", "rack3-node3", "rack4-node3"},
			"rack1-node1 … rack1-node3, rack2-node3 … rack4-node3",
		},
		{[]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}, "a, b, c, d, e, f, g, h and 2 more"},
	}
	for _, test := range tests {
		if got := compactNames(test.names); got != test.want {
			t.Errorf("%v: %q, want %q", test.names, got, test.want)
		}
	}
}

func TestCompareNatural(t *testing.T) {
	want := []string{"1", "a", "a1", "a01", "a2", "a10", "a10b", "aa", "b1-2", "b1-10", "b2-1"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareNatural)
	// a1 and a01 are the same number; what counts is that the order is always the same
	if i := slices.Index(got, "a01"); got[i+1] == "a1" {
		got[i], got[i+1] = got[i+1], got[i]
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
