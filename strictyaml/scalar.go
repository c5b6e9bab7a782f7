package strictyaml

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reader reads a scalar into a value of one type.
type reader struct {
	want string // what the file should hold, in words
	set  func(n *yaml.Node, v reflect.Value) error
}

var (
	durationType    = reflect.TypeFor[time.Duration]()
	addressType     = reflect.TypeFor[netip.Addr]()
	prefixType      = reflect.TypeFor[netip.Prefix]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// scalarReader returns how a type is read from a scalar; nil when it is not.
func scalarReader(t reflect.Type) *reader {
	switch t {
	case durationType:
		return &reader{"a duration such as 5s", setDuration}
	case addressType:
		return &reader{"an IP address", setAddress}
	case prefixType:
		return &reader{"a network such as 198.51.100.0/24", setPrefix}
	}
	if reflect.PointerTo(t).Implements(unmarshalerType) {
		return &reader{"text", setText}
	}
	switch t.Kind() {
	case reflect.String:
		return &reader{"text", setString}
	case reflect.Bool:
		return &reader{"true or false", setBool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &reader{"a whole number", setInt}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &reader{"a whole number", setUint}
	case reflect.Float32, reflect.Float64:
		return &reader{"a number", setFloat}
	}
	return nil
}

func setString(n *yaml.Node, v reflect.Value) error {
	v.SetString(n.Value)
	return nil
}

func setText(n *yaml.Node, v reflect.Value) error {
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value))
}

func setBool(n *yaml.Node, v reflect.Value) error {
	if n.ShortTag() != "!!bool" || (n.Value != "true" && n.Value != "false") {
		return fmt.Errorf("want true or false, got %s", kind(n, false))
	}
	v.SetBool(n.Value == "true")
	return nil
}

func setInt(n *yaml.Node, v reflect.Value) error {
	if err := decimal(n); err != nil {
		return err
	}
	i, err := strconv.ParseInt(n.Value, 10, v.Type().Bits())
	if err != nil {
		high := int64(1)<<(v.Type().Bits()-1) - 1
		return fmt.Errorf("%s is not between %d and %d", n.Value, -high-1, high)
	}
	v.SetInt(i)
	return nil
}

func setUint(n *yaml.Node, v reflect.Value) error {
	if err := decimal(n); err != nil {
		return err
	}
	u, err := strconv.ParseUint(n.Value, 10, v.Type().Bits())
	if err != nil {
		return fmt.Errorf("%s is not between 0 and %d", n.Value, ^uint64(0)>>(64-v.Type().Bits()))
	}
	v.SetUint(u)
	return nil
}

// decimal refuses every way to write a whole number but the plain one: 010 is eight to one
// reader of YAML and ten to the next.
func decimal(n *yaml.Node) error {
	digits := strings.TrimPrefix(n.Value, "-")
	// yaml resolves a whole number of more than 64 bits as a float.
	number := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 && n.ShortTag() != "!!str"
	plain := digits != "" && len(digits) < maxQuote && strings.Trim(digits, "0123456789") == ""
	if !number || !plain || (len(digits) > 1 && digits[0] == '0') {
		return fmt.Errorf("want a whole number, got %s", kind(n, false))
	}
	return nil
}

func setFloat(n *yaml.Node, v reflect.Value) error {
	f, err := strconv.ParseFloat(n.Value, v.Type().Bits())
	if tag := n.ShortTag(); err != nil || (tag != "!!int" && tag != "!!float") {
		return fmt.Errorf("want a number, got %s", kind(n, false))
	}
	v.SetFloat(f)
	return nil
}

func setDuration(n *yaml.Node, v reflect.Value) error {
	d, err := time.ParseDuration(n.Value)
	switch {
	case err != nil && n.ShortTag() == "!!int":
		return fmt.Errorf("%s has no unit, want a duration such as 5s", quote(n.Value))
	case err != nil:
		return fmt.Errorf("want a duration such as 5s, got %s", kind(n, false))
	}
	v.SetInt(int64(d))
	return nil
}

func setAddress(n *yaml.Node, v reflect.Value) error {
	a, err := netip.ParseAddr(n.Value)
	if err != nil {
		return fmt.Errorf("%s is not an IP address", quote(n.Value))
	}
	v.Set(reflect.ValueOf(a))
	return nil
}

func setPrefix(n *yaml.Node, v reflect.Value) error {
	p, err := netip.ParsePrefix(n.Value)
	if err != nil {
		return fmt.Errorf("%s is not a network such as 198.51.100.0/24", quote(n.Value))
	}
	v.Set(reflect.ValueOf(p))
	return nil
}

// kind says in words what stands in the file; a secret one is not repeated.
func kind(n *yaml.Node, secret bool) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	}
	word := "the text"
	switch n.ShortTag() {
	case "!!int", "!!float":
		word = "the number"
	case "!!bool":
		if n.Value == "true" || n.Value == "false" {
			return n.Value
		}
	case "!!timestamp":
		word = "the date"
	}
	if secret {
		return word
	}
	return word + " " + quote(n.Value)
}

// keysWanted describes a struct by its first keys.
func keysWanted(t reflect.Type) string {
	names := fieldNames(t)
	if len(names) > 3 {
		names = append(names[:3:3], "…")
	}
	return "keys (" + strings.Join(names, ", ") + ")"
}
