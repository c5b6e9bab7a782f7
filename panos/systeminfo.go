package panos

import (
	"strings"
)

// AppendText appends the lines of "show system info" that SystemInfo holds, in the order
// of the CLI (as the templates of networktocode/ntc-templates read it). An empty field has
// no line.
func (s SystemInfo) AppendText(dst []byte) []byte {
	for _, f := range s.fields() {
		if f.value != "" {
			dst = append(dst, f.name+": "+f.value+"\n"...)
		}
	}
	return dst
}

type infoField struct{ name, value string }

// fields are the names and values in the order in which the firewall gives them.
func (s SystemInfo) fields() []infoField {
	multi := "off"
	if s.MultiVSys {
		multi = "on"
	}
	return []infoField{
		{"hostname", s.Hostname},
		{"time", s.Time},
		{"model", s.Model},
		{"serial", s.Serial},
		{"sw-version", s.Version},
		{"multi-vsys", multi},
	}
}

// set takes one field; the names are those of the CLI and of the XML alike.
func (s *SystemInfo) set(name, value string) {
	switch name {
	case "hostname":
		s.Hostname = value
	case "time":
		s.Time = value
	case "model":
		s.Model = value
	case "serial":
		s.Serial = value
	case "sw-version":
		s.Version = value
	case "multi-vsys":
		s.MultiVSys = value == "on"
	}
}

// told says whether anything was found that tells which firewall it is.
func (s SystemInfo) told() bool {
	return s.Hostname != "" || s.Model != "" || s.Serial != "" || s.Version != ""
}

// ParseSystemInfo reads the "key: value" lines of "show system info"; what is not there
// stays zero. A text that has none of host name, model, serial and version is an error.
func ParseSystemInfo(text []byte) (SystemInfo, error) {
	var s SystemInfo
	for _, line := range lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			s.set(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	if !s.told() {
		return SystemInfo{}, notThere("system info", `lines such as "hostname: fw1" and "sw-version: 11.1.4"`, text)
	}
	return s, nil
}
