// Package strictyaml reads a YAML file strictly: every mistake at once, each with its line
// and column.
package strictyaml

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Document is a file that was read, kept so that whoever checks the meaning of its values can
// say where they stand. It is not safe for concurrent use.
type Document struct {
	file     string
	root     *yaml.Node
	wrong    map[*yaml.Node]bool // values that Decode has complained about
	meant    map[meaning]bool    // keys that were most likely meant by misspelt ones
	problems Problems
	leftOut  int // problems beyond MaxProblems
}

// meaning is a known key that stands misspelt in a mapping.
type meaning struct {
	mapping *yaml.Node
	key     string
}

// At returns the position of the value at a path of keys (string) and indexes (int), both from 1.
// What is missing gives the position of its nearest parent that exists. The value of a
// key that is a block stands where its first key or entry stands.
func (d *Document) At(path ...any) (line, column int) {
	n, _ := d.find(path)
	return n.Line, n.Column
}

// AtKey returns the position of the key at the end of the path, and At where there is none.
func (d *Document) AtKey(path ...any) (line, column int) {
	if len(path) > 0 {
		name, isKey := path[len(path)-1].(string)
		parent, found := d.find(path[:len(path)-1])
		if key, _ := child(parent, name); found && isKey && key != nil {
			return key.Line, key.Column
		}
	}
	return d.At(path...)
}

// Has says whether the file has a value at the path, be it a right one or a wrong one.
func (d *Document) Has(path ...any) bool {
	_, found := d.find(path)
	return found
}

// Wrong says whether Decode has already complained about the value at the path itself (not
// about one beneath it), so that nobody needs to complain again.
func (d *Document) Wrong(path ...any) bool {
	n, found := d.find(path)
	return found && d.wrong[n]
}

// Misspelt says whether the key at the end of path stands there misspelt: Decode has named it
// as the one that was meant, so nobody needs to say that it is missing.
func (d *Document) Misspelt(path ...any) bool {
	if len(path) == 0 {
		return false
	}
	key, isKey := path[len(path)-1].(string)
	parent, found := d.find(path[:len(path)-1])
	return isKey && found && d.meant[meaning{follow(parent), key}]
}

// Problem adds a mistake in the value at path. The hint, which may be empty, says what to
// do; the message is the format with its arguments.
func (d *Document) Problem(path Path, hint, format string, args ...any) {
	line, column := d.At(path...)
	d.add(line, column, hint, format, args...)
}

// KeyProblem adds a mistake in the key at the end of path: one that should not be there.
func (d *Document) KeyProblem(path Path, hint, format string, args ...any) {
	line, column := d.AtKey(path...)
	d.add(line, column, hint, format, args...)
}

// Err returns every mistake so far as Problems, in the order of the file, or nil.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	all := sorted(d.problems)
	if d.leftOut > 0 {
		all = append(all, Problem{File: d.file, Message: fmt.Sprintf("and %d more", d.leftOut)})
	}
	return all
}

func (d *Document) add(line, column int, hint, format string, args ...any) {
	if len(d.problems) == MaxProblems {
		d.leftOut++
		return
	}
	d.problems = append(d.problems, Problem{
		File: d.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// find follows the path as far as it goes. The node is the last that exists.
func (d *Document) find(path []any) (n *yaml.Node, found bool) {
	n = d.root
	for _, step := range path {
		var next *yaml.Node
		switch step := step.(type) {
		case string:
			_, next = child(n, step)
		case int:
			if list := follow(n); list.Kind == yaml.SequenceNode && 0 <= step && step < len(list.Content) {
				next = list.Content[step]
			}
		}
		if next == nil {
			return n, false
		}
		n = next
	}
	return n, true
}

// child returns the first key of that name in a mapping, and its value.
func child(n *yaml.Node, name string) (key, value *yaml.Node) {
	n = follow(n)
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := follow(n.Content[i]); k.Kind == yaml.ScalarNode && k.Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// follow returns what an alias stands for. An anchor cannot be on an alias, so one step is all.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
