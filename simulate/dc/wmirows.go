package dc

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/wire/wsman"
)

// The classes of root/cimv2 that the server knows.
const (
	classEvents   = "Win32_NTLogEvent"
	classSystem   = "Win32_OperatingSystem"
	classComputer = "Win32_ComputerSystem"
)

// row is an instance of a class.
type row wsman.Item

func (r row) time(name string) (time.Time, bool) {
	t, err := wsman.Item(r).Time(name)
	return t, err == nil
}

// compare compares a property: as a number where both are, and otherwise as a text without regard to case. ok is
// false if there is no such property, or it is null.
func (r row) compare(name, with string) (c int, ok bool) {
	value, ok := wsman.Item(r).Get(name)
	if !ok {
		return 0, false
	}
	a, errA := strconv.ParseInt(value, 10, 64)
	b, errB := strconv.ParseInt(with, 10, 64)
	if errA == nil && errB == nil {
		return cmp.Compare(a, b), true
	}
	return strings.Compare(strings.ToLower(value), strings.ToLower(with)), true
}

// chosen is what of a row is asked for: a fragment where properties are named.
func (q query) chosen(r row) wsman.Item {
	if q.properties == nil {
		return wsman.Item(r)
	}
	var item wsman.Item
	for _, name := range q.properties {
		for _, p := range r.Properties {
			if strings.EqualFold(p.Name, name) {
				item.Properties = append(item.Properties, p)
			}
		}
	}
	return item
}

// rows are the answer to a query; ok is false for a class that does not exist.
func (w *winrm) rows(q query, e *winrmEffects) (items []wsman.Item, ok bool) {
	var all []row
	switch {
	case strings.EqualFold(q.class, classEvents):
		all = w.log.rows(w.now(e), e)
	case strings.EqualFold(q.class, classSystem):
		all = []row{w.system(e)}
	case strings.EqualFold(q.class, classComputer):
		all = []row{w.computer(e)}
	default:
		return nil, false
	}
	for _, r := range all {
		if q.where == nil || q.where(r) {
			items = append(items, q.chosen(r))
		}
	}
	return items, true
}

func newRow(class string, properties ...wsman.Property) row {
	return row{Class: class, Space: wsman.WMIResource("root/cimv2", class), Properties: properties}
}

func text(name string, values ...string) wsman.Property {
	return wsman.Property{Name: name, Values: values, Null: len(values) == 0}
}

func number(name string, n int) wsman.Property { return text(name, strconv.Itoa(n)) }

func date(name string, t time.Time) wsman.Property {
	return wsman.Property{Name: name, Values: []string{t.UTC().Truncate(time.Second).Format(time.RFC3339)}, Datetime: true}
}

func (w *winrm) system(e *winrmEffects) row {
	return newRow(classSystem,
		text("Caption", "Microsoft Windows Server 2012 R2 Standard"), text("CSName", w.shortName()), date("LocalDateTime", w.now(e)),
		text("Version", "6.3.9600"))
}

func (w *winrm) computer(e *winrmEffects) row {
	role := 5 // primary domain controller, MSFT documentation of Win32_ComputerSystem
	if w.MemberServer || e.memberServer {
		role = 3
	}
	return newRow(classComputer, text("Domain", strings.ToLower(w.dc.config.Realm)), number("DomainRole", role), text("Name", w.shortName()))
}

// shortName is the computer's name in its domain.
func (w *winrm) shortName() string {
	label, _, _ := strings.Cut(strings.ToUpper(w.Host), ".")
	return label
}
