package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Duration is a span of time, written as Go does: "500ms", "3s", "1h30m".
type Duration time.Duration

// UnmarshalText reads a duration; the empty text is zero.
func (d *Duration) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}

// String writes a duration as definitions do: "1h", not "1h0m0s".
func (d Duration) String() string {
	text := d.Std().String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Std is the standard library's form.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Args are the values of one flag: one, or several where the flag is repeated.
type Args []string

// UnmarshalJSON reads "a" and ["a", "b"].
func (a *Args) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = Args{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return fmt.Errorf("want a string or a list of strings: %w", err)
	}
	*a = many
	return nil
}

// UnitSetting is what a key of a systemd unit is set to: once, or several times in a row.
type UnitSetting struct {
	Values []string
	IsList bool // written as a list, whatever its length
}

// UnmarshalJSON reads "a" and ["a", "b"].
func (s *UnitSetting) UnmarshalJSON(data []byte) error {
	s.IsList = len(data) > 0 && data[0] == '['
	return (*Args)(&s.Values).UnmarshalJSON(data)
}

// Position is a place in a definition; the zero value is no place.
type Position struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"` // from 1; 0 for the whole file
	Col  int    `json:"col,omitempty"`  // from 1, in bytes
}

// String gives "file:line:col", or the empty string.
func (p Position) String() string {
	if p.File == "" {
		return ""
	}
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}
