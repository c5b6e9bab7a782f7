package panos

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fieldOf is the value of the field with that key, as a word.
func fieldOf(t *testing.T, d Dialect, name string) string {
	t.Helper()
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == name {
			return fmt.Sprint(v.Field(i).Interface())
		}
	}
	t.Fatalf("no field has the key %q", name)
	return ""
}

func TestEveryFieldHasOneSwitch(t *testing.T) {
	t.Parallel()
	var fields, switches []string
	typ := reflect.TypeFor[Dialect]()
	for i := range typ.NumField() {
		tag := typ.Field(i).Tag
		if tag.Get("json") != tag.Get("yaml") {
			t.Errorf("field %s is %q in JSON and %q in YAML", typ.Field(i).Name, tag.Get("json"), tag.Get("yaml"))
		}
		fields = append(fields, tag.Get("yaml"))
	}
	for _, s := range Switches() {
		switches = append(switches, s.Name)
	}
	diff(t, switches, fields)
}

func TestSwitchesAgreeWithTheDefault(t *testing.T) {
	t.Parallel()
	for _, s := range Switches() {
		if got := fieldOf(t, DefaultDialect(), s.Name); got != s.Default {
			t.Errorf("%s is %q in DefaultDialect and %q in its switch", s.Name, got, s.Default)
		}
		if s.Open == "" || s.Reason == "" {
			t.Errorf("%s does not say what is open or why its default is what it is", s.Name)
		}
		if s.Values == nil {
			continue
		}
		if !slices.Contains(s.Values, s.Default) {
			t.Errorf("%s: the default %q is not among %q", s.Name, s.Default, s.Values)
		}
		if len(s.Values) < 2 || len(slices.Compact(slices.Sorted(slices.Values(s.Values)))) != len(s.Values) {
			t.Errorf("%s: %q are not two different values or more", s.Name, s.Values)
		}
	}
}

func TestSetTakesEveryValueAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, s := range Switches() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			good, bad := s.Values, []string{"", "no such value", strings.ToUpper(s.Default), s.Default + " "}
			if s.Values == nil {
				good, bad = []string{"1", "2048", "8000"}, []string{"", "0", "-1", "08", "8000 ", "8k", "1e3", "99999999999999999999"}
			}
			for _, value := range good {
				d := DefaultDialect()
				if err := d.Set(s.Name, value); err != nil {
					t.Errorf("Set(%s, %q): %v", s.Name, value, err)
				}
				if got := fieldOf(t, d, s.Name); got != value {
					t.Errorf("Set(%s, %q) left %q", s.Name, value, got)
				}
				if back := d; back.Set(s.Name, s.Default) != nil || back != DefaultDialect() {
					t.Errorf("Set(%s, %q) changed another switch", s.Name, value)
				}
			}
			for _, value := range bad {
				d := DefaultDialect()
				err := d.Set(s.Name, value)
				if err == nil || d != DefaultDialect() {
					t.Errorf("Set(%s, %q) was taken", s.Name, value)
					continue
				}
				wantError(t, err, s.Name, fmt.Sprintf("%q", value))
			}
		})
	}
	d := DefaultDialect()
	wantError(t, d.Set("no_such_switch", "yes"), `no switch "no_such_switch"`)
}

func TestDialectFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		version string
		max     Bytes // 0: an error
	}{
		{"9.1", MaxMessage9},
		{"8.0.20", MaxMessage9},
		{"9.1.16-h5", MaxMessage9},
		{"10.0", MaxMessage10},
		{"10.2.0-c25", MaxMessage10},
		{"11.1.4-h7", MaxMessage10},
		{"12.1", MaxMessage10},
		{"", 0},
		{"11", 0},
		{"11.", 0},
		{".1", 0},
		{"-9.1", 0},
		{"+9.1", 0},
		{" 9.1", 0},
		{"9.1 ", 0},
		{"9.1junk", 0},
		{"9.1.x", 0},
		{"9.1.2.3", 0},
		{"9.1-", 0},
		{"v9.1", 0},
		{"99999999999999999999.1", 0},
	} {
		t.Run(row.version, func(t *testing.T) {
			t.Parallel()
			got, err := DialectFor(row.version)
			want := DefaultDialect()
			want.MaxMessage = row.max
			if row.max == 0 {
				want = Dialect{}
				wantError(t, err, fmt.Sprintf("%q", row.version), "11.1")
			} else if err != nil {
				t.Error(err)
			}
			diff(t, got, want)
		})
	}
}

func TestOrElse(t *testing.T) {
	t.Parallel()
	got, err := Dialect{}.OrElse(DefaultDialect())
	if err != nil || got != DefaultDialect() {
		t.Errorf("the zero dialect or else the default = %+v, %v", got, err)
	}
	some := Dialect{Case: CaseInsensitive, MaxMessage: 1_000_000}
	want := DefaultDialect()
	want.Case, want.MaxMessage = CaseInsensitive, 1_000_000
	if got, err := some.OrElse(DefaultDialect()); err != nil || got != want {
		t.Errorf("two switches or else the default = %+v, %v, want %+v", got, err, want)
	}
	_, err = Dialect{Case: "odd", IPv6: "perhaps"}.OrElse(DefaultDialect())
	wantError(t, err, `dialect switch case: "odd" is not one of sensitive, insensitive`)
	wantError(t, err, `dialect switch ipv6: "perhaps"`)
}

func TestGet(t *testing.T) {
	t.Parallel()
	d := DefaultDialect()
	for _, s := range Switches() {
		if got := d.Get(s.Name); got != s.Default {
			t.Errorf("Get(%q) = %q, want %q", s.Name, got, s.Default)
		}
	}
	if got := d.Get("no_such_switch"); got != "" {
		t.Errorf("Get of no switch = %q, want nothing", got)
	}
}
