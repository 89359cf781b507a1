package main

import "testing"

// TestReviewPage follows docs/review.md. That its tables are those of the code is tested in internal/review.
func TestReviewPage(t *testing.T) {
	if ran := follow(t, "../../docs/review.md", newRepository(t)); ran < 3 {
		t.Errorf("only %d commands", ran)
	}
}
