package sender

import (
	"strings"
	"testing"
)

func TestParseDestination(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		want Destination
	}{
		{"udp://fw1", Destination{UDP, "fw1", 514}},
		{"udp://fw1:1514", Destination{UDP, "fw1", 1514}},
		{"tls://fw1.corp.example", Destination{TLS, "fw1.corp.example", 6514}},
		{"ssl://192.0.2.1", Destination{TLS, "192.0.2.1", 6514}},
		{"TLS://fw1", Destination{TLS, "fw1", 6514}},
		{"tcp://192.0.2.1/", Destination{TCP, "192.0.2.1", 514}},
		{"udp://[2001:db8::1]", Destination{UDP, "2001:db8::1", 514}},
		{"udp://[2001:db8::1]:65535", Destination{UDP, "2001:db8::1", 65535}},
		{"udp://[fe80::1%eth0]:514", Destination{UDP, "fe80::1%eth0", 514}},
	} {
		got, err := ParseDestination(row.in)
		if got != row.want || err != nil {
			t.Errorf("ParseDestination(%q) = %+v, %v; want %+v", row.in, got, err, row.want)
		}
		if again, err := ParseDestination(got.String()); again != got || err != nil {
			t.Errorf("ParseDestination(%q) = %+v, %v; want the same again", got, again, err)
		}
	}
}

func TestParseDestinationErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ in, want string }{
		{"", `destination "": no transport; want udp://, tls:// or tcp://, a host and perhaps a port, such as udp://fw1.corp.example:514`},
		{"fw1:514", `destination "fw1:514": no transport; want …`},
		{"https://fw1", `destination "https://fw1": no transport is called "https"; want …`},
		{"tls://", `destination "tls://": no host; want udp://, tls:// or tcp://, a host and perhaps a port, such as tls://fw1.corp.example:6514`},
		{"udp://fw1:", `destination "udp://fw1:": no port behind the colon; want …`},
		{"udp://fw1:0", `destination "udp://fw1:0": port "0" is not 1 to 65535; want udp://, tls:// or tcp://, a host and perhaps a port, such as udp://fw1:514`},
		{"udp://fw1:70000", `destination "udp://fw1:70000": port "70000" is not 1 to 65535; want …`},
		{"udp://fw1:syslog", `destination "udp://fw1:syslog": port "syslog" is not 1 to 65535; want …`},
		{"udp://2001:db8::1", `destination "udp://2001:db8::1": an IPv6 address wants brackets, as [2001:db8::1]; want …`},
		{"udp://[2001:db8::1", `destination "udp://[2001:db8::1": no "]"; want …`},
		{"udp://[fw1]:514", `destination "udp://[fw1]:514": "fw1" in brackets is not an IPv6 address; want …`},
		{"udp://[2001:db8::1]514", `destination "udp://[2001:db8::1]514": "514" stands behind "]"; want …`},
		{"udp://user@fw1", `destination "udp://user@fw1": a host does not hold '@'; want …`},
		{"udp://fw1/path", `destination "udp://fw1/path": a host does not hold '/'; want …`},
		{"udp://fw 1", `destination "udp://fw 1": a host does not hold ' '; want …`},
		{"udp://" + strings.Repeat("a", 254), `destination "udp://` + strings.Repeat("a", 254) + `": a host name has at most 253 characters; want …`},
	} {
		want, more := strings.CutSuffix(row.want, "…")
		_, err := ParseDestination(row.in)
		if err == nil || more && !strings.HasPrefix(err.Error(), want) || !more && err.Error() != want {
			t.Errorf("ParseDestination(%q) = %v\nwant %s", row.in, err, row.want)
		}
	}
}

func FuzzParseDestination(f *testing.F) {
	for _, seed := range []string{"udp://fw1", "tls://[2001:db8::1]:6514", "tcp://fw1:0", "udp://[::%]:1", "://", "udp://["} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDestination(s)
		if err != nil {
			return
		}
		again, err := ParseDestination(d.String())
		if err != nil || again != d || d.Port == 0 || d.Host == "" {
			t.Errorf("%q is %+v, whose %q is %+v, %v", s, d, d, again, err)
		}
	})
}
