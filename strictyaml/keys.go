package strictyaml

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entries goes through the keys of a mapping and their values. Keys that are no plain text
// and keys that come a second time are noted and passed over.
func (w *walk) entries(p place, n *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		lines := map[string]int{}
		for i := 0; i+1 < len(n.Content) && !w.stopped; i += 2 {
			key, value := follow(n.Content[i]), n.Content[i+1]
			if !w.key(p, n.Content[i], lines) {
				continue
			}
			lines[key.Value] = key.Line
			if !yield(key, value) {
				return
			}
		}
	}
}

// key says whether a key can be used. lines holds those that came before.
func (w *walk) key(p place, n *yaml.Node, lines map[string]int) bool {
	key := follow(n)
	if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" {
		return w.wrong(n, "", "%s: a key must be plain text", p.name())
	}
	if key.ShortTag() == "!!merge" {
		return w.wrong(n, "write the values out", "%s: merge keys (<<) are not read", p.name())
	}
	first, twice := lines[key.Value]
	switch {
	case twice && p.secret:
		return w.wrong(n, "remove one of them", "a key in %s stands on line %d already", p.path, first)
	case twice:
		return w.wrong(n, "remove one of them", "key %s stands on line %d already", quote(key.Value), first)
	}
	return true
}

// field is one field of a struct that a key fills.
type field struct {
	index  int
	secret bool
}

func fieldsOf(t reflect.Type) map[string]field {
	fields := map[string]field{}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" && t.Field(i).IsExported() {
			fields[name] = field{i, slices.Contains(strings.Split(options, ","), "secret")}
		}
	}
	return fields
}

// fieldNames are the keys of a struct in the order of its fields.
func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" && t.Field(i).IsExported() {
			names = append(names, name)
		}
	}
	return names
}
