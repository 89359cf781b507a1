package registry

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// elfNeeds is what a program or library says that it can't run without.
type elfNeeds struct {
	loader    string   // path of the program that loads it; empty for libraries and static programs
	libraries []string // names
	folders   []string // where its libraries are looked for first; may begin with $ORIGIN, its own folder
}

// readELF reads what a file needs, and nothing of files that are no programs or libraries.
func readELF(source string) (elfNeeds, error) {
	var needs elfNeeds
	f, err := os.Open(source)
	if err != nil {
		return needs, err
	}
	defer f.Close()
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := io.ReadFull(f, magic); err != nil || !bytes.Equal(magic, []byte(elf.ELFMAG)) {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		return needs, err
	}
	file, err := elf.NewFile(f)
	if err != nil {
		return needs, fmt.Errorf("%s: %w", source, err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			loader, err := io.ReadAll(p.Open())
			if err != nil {
				return needs, fmt.Errorf("%s: %w", source, err)
			}
			needs.loader = strings.TrimRight(string(loader), "\x00")
		}
	}
	if needs.libraries, err = file.ImportedLibraries(); err != nil {
		return needs, fmt.Errorf("%s: %w", source, err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		values, err := file.DynString(tag)
		if err != nil {
			return needs, fmt.Errorf("%s: %w", source, err)
		}
		for _, value := range values {
			needs.folders = append(needs.folders, strings.Split(value, ":")...)
		}
	}
	return needs, nil
}
