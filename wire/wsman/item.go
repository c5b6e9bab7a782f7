package wsman

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Item is a row of a list or the answer of a Get: an instance of a class, or a fragment, which a query with a
// list of properties gives.
type Item struct {
	Class      string // "Win32_NTLogEvent"; empty in a fragment
	Space      string // the class's XML namespace
	Properties []Property
}

// Property is one of an instance. An array has several values.
type Property struct {
	Name     string
	Values   []string // empty if Null
	Null     bool
	Datetime bool // the values are dates, which stand in an element of their own
}

// Get is the first value of a property, without regard to case in its name; ok is false if there is none, or it
// is null.
func (i Item) Get(name string) (value string, ok bool) {
	for _, p := range i.Properties {
		if strings.EqualFold(p.Name, name) && len(p.Values) > 0 {
			return p.Values[0], true
		}
	}
	return "", false
}

// Time reads a property as a date.
func (i Item) Time(name string) (time.Time, error) {
	s, ok := i.Get(name)
	if !ok {
		return time.Time{}, fmt.Errorf("property %s: it is missing or null", name)
	}
	t, err := ParseTime(s)
	if err != nil {
		return t, fmt.Errorf("property %s: %w", name, err)
	}
	return t, nil
}

// ParseTime reads a date as WinRM writes it, RFC 3339, or as WMI does, "20130309025732.000000+060", DSP0004
// section 5.2.4.
func ParseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, nil
	}
	if len(s) != 25 || s[14] != '.' || s[21] != '+' && s[21] != '-' {
		return time.Time{}, fmt.Errorf("date %q: it is neither of WinRM nor of WMI", s)
	}
	t, err := time.Parse("20060102150405.000000", s[:21])
	minutes, e := strconv.ParseUint(s[22:], 10, 16)
	if err != nil || e != nil {
		return time.Time{}, fmt.Errorf("date %q: it is none of WMI", s)
	}
	offset := time.Duration(minutes) * time.Minute
	if s[21] == '-' {
		offset = -offset
	}
	return t.Add(-offset).In(time.FixedZone("", int(offset.Seconds()))), nil
}

// readItem reads an instance or a fragment. Equal names are one array.
func readItem(e *element) Item {
	item := Item{Class: e.name.Local, Space: e.name.Space}
	if e.name.Local == "XmlFragment" {
		item.Class, item.Space = "", ""
	}
	at := map[string]int{}
	for _, c := range e.children {
		i, again := at[c.name.Local]
		if !again {
			i = len(item.Properties)
			at[c.name.Local] = i
			item.Properties = append(item.Properties, Property{Name: c.name.Local})
		}
		item.Properties[i].read(c)
	}
	return item
}

func (p *Property) read(e *element) {
	value := e.text
	if len(e.children) > 0 { // a date, or an instance in an instance, of which we take the first
		p.Datetime = p.Datetime || len(p.Values) == 0 && e.children[0].name.Local == "Datetime"
		value = e.children[0].value()
	} else if isTrue(e.attr("nil")) {
		p.Null = len(p.Values) == 0
		return
	}
	if p.Datetime {
		value = strings.TrimSpace(value)
	}
	p.Values, p.Null = append(p.Values, value), false
}

func (i Item) marshal() string {
	if i.Class == "" {
		return `<w:XmlFragment xmlns:xsi="` + nsXSI + `">` + i.properties("", "Datetime") + "</w:XmlFragment>"
	}
	class := text(i.Class)
	return "<z:" + class + ` xmlns:z="` + text(i.Space) + `" xmlns:cim="` + nsCIM + `" xmlns:xsi="` + nsXSI + `" xsi:type="z:` + class + `_Type">` +
		i.properties("z:", "cim:Datetime") + "</z:" + class + ">"
}

func (i Item) properties(prefix, date string) string {
	var b strings.Builder
	for _, p := range i.Properties {
		name := prefix + text(p.Name)
		if p.Null || len(p.Values) == 0 {
			b.WriteString("<" + name + ` xsi:nil="true"/>`)
			continue
		}
		for _, v := range p.Values {
			v = text(v)
			if p.Datetime {
				v = "<" + date + ">" + v + "</" + date + ">"
			}
			b.WriteString("<" + name + ">" + v + "</" + name + ">")
		}
	}
	return b.String()
}
