// Package units starts what khagen renders for clusters of binaries the way hosts do: the machine's systemd, in a
// sandbox with the address of the host, starts the rendered units with the real programs, the rendered files and the
// certificates of khagen pki.
package units

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/khagen/khagen/e2e/rendered"
	"github.com/khagen/khagen/e2e/sandbox"
	"github.com/khagen/khagen/internal/upstream"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Most of their time these tests wait, so several run side by side, however few processors there are. Each takes some
	// of the 128 inotify instances that a user has by default.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(sandbox.Run(m.Run))
}

// need skips a test where the machine can't run systemd in a sandbox or lacks a program, or fails it in CI.
func need(t *testing.T, programs ...string) {
	t.Helper()
	insist(t, sandbox.CanBoot())
	needBuilt(t, programs...)
}

// needBuilt is need for a test that needs no sandbox.
func needBuilt(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := allBuilt(name, "*")
		insist(t, err)
	}
}

// insist skips a test that can't run here, or fails it in CI.
func insist(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// built gives the path of a program that make tools builds, of the minor version of a release: a checkout may have others beside, that
// the lab brings clusters to.
func built(name, release string) (string, error) {
	version, err := upstream.ParseVersion(release)
	if err != nil {
		return "", err
	}
	found, err := allBuilt(name, "*-"+version.MajorMinor())
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// allBuilt gives the paths of a program in all modules of a pattern, of which one has to have it.
func allBuilt(name, module string) ([]string, error) {
	repository, err := rendered.Repository()
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(repository, "e2e/.cache/bin", module, name))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no module of e2e/tools that is called %s has built %s: run make tools", module, name)
	}
	return found, err
}
