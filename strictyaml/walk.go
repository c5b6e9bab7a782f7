package strictyaml

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/uidprobe/uidprobe/nearest"
)

// walk fills Go values from the node tree and notes every mistake on its way.
type walk struct {
	doc      *Document
	unfolded int  // values read through aliases
	inAlias  int  // how many aliases we are in
	stopped  bool // MaxUnfolding was reached
}

// place is what messages need to know of where the walk is.
type place struct {
	path   Path
	secret bool // repeat nothing of what stands here
}

func (p place) step(step any) place { return place{p.path.With(step), p.secret} }

// name begins a message about a value.
func (p place) name() string {
	if len(p.path) == 0 {
		return "the document"
	}
	return p.path.String()
}

func (w *walk) root(v any) {
	pointer := reflect.ValueOf(v)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		panic(fmt.Sprintf("strictyaml: Decode into %T, want a pointer", v))
	}
	w.value(place{}, w.doc.root, pointer.Elem())
}

// wrong notes a mistake in n and reports false, as every reader of a value does that could
// not read it. A value that many aliases stand for is complained about once.
func (w *walk) wrong(n *yaml.Node, hint, format string, args ...any) bool {
	if !w.doc.wrong[n] {
		w.doc.wrong[n] = true
		w.doc.add(n.Line, n.Column, hint, format, args...)
	}
	return false
}

// value fills v from n, and says whether it could.
func (w *walk) value(p place, n *yaml.Node, v reflect.Value) bool {
	if w.stopped {
		return false
	}
	if n.Kind == yaml.AliasNode {
		w.inAlias++
		defer func() { w.inAlias-- }()
		n = follow(n)
	}
	if w.inAlias > 0 {
		if w.unfolded++; w.unfolded > MaxUnfolding {
			w.stopped = true
			return w.wrong(n, "write the values out", "aliases unfold to more than %d values", MaxUnfolding)
		}
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return w.wrong(n, "give a value, or remove the key", "%s has no value", p.name())
	}
	if foreignTag(n) {
		return w.wrong(n, "remove the tag (!)", "%s has a tag that means nothing here", p.name())
	}
	if v.Kind() == reflect.Pointer {
		return w.pointer(p, n, v)
	}
	if read := scalarReader(v.Type()); read != nil {
		return w.scalar(p, n, v, read)
	}
	switch v.Kind() {
	case reflect.Struct:
		return w.structure(p, n, v)
	case reflect.Slice:
		return w.list(p, n, v)
	case reflect.Map:
		return w.table(p, n, v)
	}
	panic(fmt.Sprintf("strictyaml: %s is a %s, which is not supported", p.name(), v.Type()))
}

// foreignTag says whether a value carries a tag of somebody else's, such as !vault.
func foreignTag(n *yaml.Node) bool {
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!map", "!!seq", "!!merge":
		return false
	}
	return true
}

func (w *walk) pointer(p place, n *yaml.Node, v reflect.Value) bool {
	target := v
	if v.IsNil() {
		target = reflect.New(v.Type().Elem())
	}
	ok := w.value(p, n, target.Elem())
	if ok {
		v.Set(target)
	}
	return ok
}

func (w *walk) scalar(p place, n *yaml.Node, v reflect.Value, read *reader) bool {
	if n.Kind != yaml.ScalarNode {
		return w.wrong(n, "", "%s: want %s, got %s", p.name(), read.want, kind(n, p.secret))
	}
	err := read.set(n, v)
	switch {
	case err == nil:
		return true
	case p.secret:
		return w.wrong(n, "", "%s: want %s", p.name(), read.want)
	}
	return w.wrong(n, "", "%s: %s", p.name(), err)
}

func (w *walk) structure(p place, n *yaml.Node, v reflect.Value) bool {
	if n.Kind != yaml.MappingNode {
		if p.secret && n.Kind == yaml.ScalarNode {
			return w.wrong(n, "secrets only by reference: {"+strings.Join(fieldNames(v.Type()), ": …} or {")+": …}",
				"%s: want where the secret is kept, got the secret itself", p.name())
		}
		return w.wrong(n, "", "%s: want %s, got %s", p.name(), keysWanted(v.Type()), kind(n, p.secret))
	}
	fields := fieldsOf(v.Type())
	for key, value := range w.entries(p, n) {
		f, known := fields[key.Value]
		if !known {
			w.unknown(p, n, key, fieldNames(v.Type()))
			continue
		}
		at := p.step(key.Value)
		at.secret = at.secret || f.secret
		w.value(at, value, v.Field(f.index))
	}
	return true
}

// unknown notes a key of a mapping that is not one of the known names.
func (w *walk) unknown(p place, mapping, key *yaml.Node, known []string) {
	in := ""
	if len(p.path) > 0 {
		in = " in " + p.path.String()
	}
	hint := "known are " + strings.Join(known, ", ")
	if p.secret {
		w.wrong(key, hint, "unknown key%s", in)
		return
	}
	if near := nearest.Word(key.Value, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
		w.doc.meant[meaning{mapping, near}] = true
	}
	w.wrong(key, hint, "unknown key %s%s", quote(key.Value), in)
}

func (w *walk) list(p place, n *yaml.Node, v reflect.Value) bool {
	if n.Kind != yaml.SequenceNode {
		return w.wrong(n, listHint(n), "%s: want a list, got %s", p.name(), kind(n, p.secret))
	}
	// Every entry is kept, also one that could not be read, so that the indexes are those of the file.
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.Content)))
	for i, item := range n.Content {
		if w.stopped {
			return false
		}
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		w.value(p.step(i), item, v.Index(i))
	}
	return true
}

func listHint(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return "put [ ] around it"
	}
	return `begin each entry with "- "`
}

func (w *walk) table(p place, n *yaml.Node, v reflect.Value) bool {
	if v.Type().Key().Kind() != reflect.String {
		panic(fmt.Sprintf("strictyaml: %s is a %s, want string keys", p.name(), v.Type()))
	}
	if n.Kind != yaml.MappingNode {
		return w.wrong(n, "", "%s: want keys with values, got %s", p.name(), kind(n, p.secret))
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for key, value := range w.entries(p, n) {
		element := reflect.New(v.Type().Elem()).Elem()
		if w.value(p.step(key.Value), value, element) {
			v.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), element)
		}
	}
	return true
}
