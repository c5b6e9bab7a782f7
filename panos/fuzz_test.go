package panos

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// seed adds the samples whose names match, whole and cut in half.
func seed(f *testing.F, pattern string) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(names) == 0 {
		f.Fatalf("no samples %s: %v", pattern, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
	}
}

// stable says that what was parsed, formatted and parsed again is the same.
func stable[T any](t *testing.T, got T, format func(T) []byte, parse func([]byte) (T, error)) {
	t.Helper()
	text := format(got)
	again, err := parse(text)
	if err != nil {
		t.Fatalf("%+v is written as %q, which cannot be read: %v", got, text, err)
	}
	if !reflect.DeepEqual(got, again) {
		t.Fatalf("%+v is written as %q and read as %+v", got, text, again)
	}
}

// boundedError says that an error does not repeat the input at length.
func boundedError(t *testing.T, err error) {
	t.Helper()
	if len(err.Error()) > 4<<10 {
		t.Fatalf("the error has %d bytes: %.200q…", len(err.Error()), err)
	}
}

func FuzzServerMonitorState(f *testing.F) {
	seed(f, "state*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseServerMonitorState(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		if got.UDP == "" && got.SSL == "" && got.Senders == nil {
			return // only blocks of other servers: nothing is written
		}
		stable(t, got, func(s ServerMonitorState) []byte { return s.AppendText(nil) }, ParseServerMonitorState)
	})
}

func FuzzServerMonitorStatistics(f *testing.F) {
	seed(f, "statistics*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseServerMonitorStatistics(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(s ServerMonitorStatistics) []byte { return s.AppendText(nil) }, ParseServerMonitorStatistics)
	})
}

func FuzzMappings(f *testing.F) {
	seed(f, "mapping-*.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseMappings(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		for _, layout := range []MappingLayout{AddressNarrow, AddressWide} {
			stable(t, got, func(m []Mapping) []byte { return AppendMappings(nil, m, layout) }, ParseMappings)
		}
	})
}

func FuzzSystemInfo(f *testing.F) {
	seed(f, "system-info.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseSystemInfo(text)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(s SystemInfo) []byte { return s.AppendText(nil) }, ParseSystemInfo)
	})
}

func FuzzParseResponse(f *testing.F) {
	seed(f, "*.xml")
	seed(f, "*.html")
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := ParseResponse(body)
		if err != nil {
			boundedError(t, err)
			return
		}
		if err := got.Err(); err != nil {
			boundedError(t, err)
		}
		if _, err := got.ServerMonitorState(); err != nil {
			boundedError(t, err)
		}
		if _, err := got.ServerMonitorStatistics(); err != nil {
			boundedError(t, err)
		}
		if _, err := got.Key(); err != nil {
			boundedError(t, err)
		}
		if info, err := got.SystemInfo(); err == nil {
			stable(t, info, func(s SystemInfo) []byte { return AppendSystemInfoAnswer(nil, s) }, fromAnswer(Response.SystemInfo))
		}
		if ha, err := got.HighAvailability(); err == nil {
			ha.LocalLast, ha.PeerLast = "", ""
			stable(t, ha, func(h HighAvailability) []byte { return AppendHighAvailabilityAnswer(nil, h) }, fromAnswer(Response.HighAvailability))
		}
		if _, err := got.Agents(); err != nil {
			boundedError(t, err)
		}
		if _, err := got.Config(NodeServerMonitor); err != nil {
			boundedError(t, err)
		}
		if mappings, err := got.Mappings(); err == nil {
			stable(t, mappings, func(m []Mapping) []byte { return AppendMappingsAnswer(nil, m) }, fromAnswer(Response.Mappings))
		}
		for _, message := range got.Messages {
			again, err := ParseResponse(AppendErrorAnswer(nil, ErrorInLines, 17, message))
			if err != nil || len(again.Messages) != 1 || again.Messages[0] != message {
				t.Fatalf("message %q came back as %q, %v", message, again.Messages, err)
			}
		}
	})
}

// fromAnswer reads an answer and then its result.
func fromAnswer[T any](read func(Response) (T, error)) func([]byte) (T, error) {
	return func(body []byte) (result T, err error) {
		r, err := ParseResponse(body)
		if err != nil {
			return result, err
		}
		return read(r)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, spec := range commandSpecs {
		f.Add(Command{spec.kind, "192.0.2.1"}.XML())
		f.Add("<" + strings.Join(strings.Fields(spec.path), "> <") + "/>")
	}
	f.Fuzz(func(t *testing.T, cmd string) {
		got, err := ParseCommand(cmd)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(c Command) []byte { return []byte(c.XML()) }, func(b []byte) (Command, error) { return ParseCommand(string(b)) })
	})
}

func FuzzParseCLI(f *testing.F) {
	for _, spec := range commandSpecs {
		f.Add(spec.path)
		f.Add(spec.path + ` "lab one"`)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := ParseCLI(line)
		if err != nil {
			boundedError(t, err)
			return
		}
		stable(t, got, func(c Command) []byte { return []byte(c.CLI()) }, func(b []byte) (Command, error) { return ParseCLI(string(b)) })
	})
}
