// Package systems brings whole reference systems up on real hosts, by the playbooks that are rendered with them.
package systems

import (
	"os"
	"testing"

	"github.com/khagen/khagen/e2e/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Run(m.Run)) }
