package main

import "testing"

// TestExportPage follows docs/export.md.
func TestExportPage(t *testing.T) {
	if ran := follow(t, "../../docs/export.md", newRepository(t)); ran < 6 {
		t.Errorf("only %d commands", ran)
	}
}
