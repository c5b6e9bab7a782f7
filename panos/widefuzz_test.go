package panos

import (
	"testing"
)

func FuzzHighAvailability(f *testing.F) {
	seed(f, "ha-*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseHighAvailability(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(h HighAvailability) []byte { return h.AppendText(nil) }, ParseHighAvailability)
	})
}

func FuzzAgents(f *testing.F) {
	seed(f, "agents*.txt")
	seed(f, "service-status.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		if status, err := ParseServiceStatus(text); err == nil {
			stable(t, status, func(s string) []byte { return AppendServiceStatus(nil, s) }, ParseServiceStatus)
		}
		got, err := ParseAgents(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(a []Agent) []byte { return AppendAgents(nil, a) }, ParseAgents)
	})
}

func FuzzUIDMessage(f *testing.F) {
	seed(f, "uid-message.xml")
	seed(f, "error-uid.xml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if failures, err := ParseUIDAnswer(text); err != nil {
			boundedError(t, err)
			_ = AppendUIDErrorAnswer(nil, UIDVersion2, failures)
		}
		got, err := ParseUIDMessage(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(m UIDMessage) []byte { return m.AppendXML(nil) }, ParseUIDMessage)
	})
}

func FuzzXPath(f *testing.F) {
	for node := range configPaths {
		path, err := node.XPath("vsys2")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(path)
		f.Add(path + `/entry[@name="x" or @name='y']/@name`)
	}
	root, err := ParseElement([]byte(treeXML))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseXPath(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		_ = got.Find(root)
		stable(t, got, func(x XPath) []byte { return []byte(x.String()) }, func(b []byte) (XPath, error) { return ParseXPath(string(b)) })
	})
}

// What was read is written as one tree, whatever stood between the elements.
func FuzzElement(f *testing.F) {
	seed(f, "*.xml")
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := ParseElement(document)
		if err != nil {
			boundedError(t, err)
			return
		}
		written := got.AppendXML(nil)
		again, err := ParseElement(written)
		if err != nil {
			t.Fatalf("%q is written as %q, which cannot be read: %v", document, written, err)
		}
		if third := again.AppendXML(nil); string(third) != string(written) {
			t.Fatalf("%q is written as %q and then as %q", document, written, third)
		}
	})
}

// formatPaste writes what a terminal would have shown.
func formatPaste(p Paste) (text []byte) {
	command := func(c Command) {
		text = append(text, "admin@fw> "+c.CLI()+"\n"...)
	}
	if p.State != nil {
		command(Command{KindState, AllServers})
		text = p.State.AppendText(text)
	}
	if p.Statistics != nil {
		command(Command{Kind: KindStatistics})
		text = p.Statistics.AppendText(text)
	}
	if p.HA != nil {
		command(Command{Kind: KindHAAll})
		text = p.HA.AppendText(text)
	}
	for _, m := range p.Mappings {
		command(m.Command)
		if m.Said != "" {
			text = append(text, m.Said+"\n"...)
			continue
		}
		text = AppendMappings(text, m.Mappings, AddressWide)
	}
	return text
}

func FuzzPaste(f *testing.F) {
	for _, pattern := range []string{"paste.txt", "state*.txt", "statistics*.txt", "mapping-*.txt", "ha-*.txt"} {
		seed(f, pattern)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParsePaste(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		if s := got.State; s != nil && s.UDP == "" && s.SSL == "" && s.Senders == nil {
			return // only blocks of other servers: nothing is written
		}
		stable(t, got, formatPaste, ParsePaste)
	})
}
