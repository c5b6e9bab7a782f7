package symptom

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// short writes what was found as "reading:what", with the symptom's ID where there is one.
func short(found []Found) (words []string) {
	for _, f := range found {
		var what []string
		if f.Code != nil {
			what = append(what, fmt.Sprint(f.Code.Number))
		}
		if f.Symptom != nil {
			what = append(what, f.Symptom.ID)
		}
		if f.NTStatus != nil {
			what = append(what, f.NTStatus.Symbol)
		}
		words = append(words, string(f.As)+":"+strings.Join(what, "="))
	}
	return words
}

func TestLookup(t *testing.T) {
	t.Parallel()
	const preauth = "-1765328360=kerberos.preauth-failed"
	for _, c := range []struct {
		query string
		want  []string
	}{
		// A number, however it is written.
		{"-1765328360", []string{"number:" + preauth}},
		{"−1765328360", []string{"number:" + preauth}},
		{"1765328360", []string{"number:" + preauth}},
		{" error -1765328360.", []string{"number:" + preauth}},
		{"2529638936", []string{"number:" + preauth}},
		{"0x96C73A18", []string{"number:" + preauth}},
		{"24", []string{"protocol:" + preauth}},
		{"024", []string{"protocol:" + preauth}},
		{"0x18", []string{"protocol:" + preauth}},
		{"code 0X18", []string{"protocol:" + preauth}},
		{"145", []string{"errno:145=kerberos.resolver-timeout-mips"}},
		{"-1765328343", []string{"number:-1765328343"}},
		{"30", []string{"protocol:-1765328354"}},

		// Both an errno and an error code of a KDC; in hexadecimal only the latter.
		{"16", []string{"errno:16=kerberos.resolver-busy", "protocol:-1765328368"}},
		{"11", []string{"errno:11=kerberos.dns-try-again", "protocol:-1765328373"}},
		{"110", []string{"errno:110=kerberos.resolver-timeout", "protocol:-1765328274"}},
		{"0x10", []string{"protocol:-1765328368"}},
		{"128", []string{"errno:128"}},

		// What is no number of anybody's.
		{"-24", nil}, {"700", nil}, {"-500", nil}, {"0x1F4", nil}, {"-1765328385", nil}, {"-176532836", nil}, {"0xC0000001", nil},
		{"99999999999999999999", nil}, {"-9223372036854775808", nil}, {"9223372036854775807", nil},
		{"0xffffffffffffffff", nil}, {"0x1C0000072", nil}, {"-5368709006", nil}, {"", nil}, {"-", nil}, {"KDC_ERR_", nil}, {"everything is fine", nil},

		// NTSTATUS.
		{"0xC0000072", []string{"nt-status:STATUS_ACCOUNT_DISABLED"}},
		{"0xc0000234", []string{"nt-status:STATUS_ACCOUNT_LOCKED_OUT"}},
		{"-1073741710", []string{"nt-status:STATUS_ACCOUNT_DISABLED"}},
		{"3221225586", []string{"nt-status:STATUS_ACCOUNT_DISABLED"}},
		{"NT_STATUS_PASSWORD_MUST_CHANGE", []string{"symbol:STATUS_PASSWORD_MUST_CHANGE"}},

		// Names. Without its prefix a name may be two codes'.
		{"KDC_ERR_PREAUTH_FAILED", []string{"symbol:" + preauth}},
		{"KRB5KDC_ERR_PREAUTH_FAILED", []string{"symbol:" + preauth}},
		{"krb5_preauth_failed", []string{"symbol:-1765328174=kerberos.preauth-no-etype"}},
		{"PREAUTH_FAILED", []string{"symbol:" + preauth, "symbol:-1765328174=kerberos.preauth-no-etype"}},
		{"KDC_ERR_KEY_EXPIRED", []string{"symbol:-1765328361=kerberos.password-expired"}},
		{"ETIMEDOUT", []string{"symbol:145=kerberos.resolver-timeout-mips", "symbol:110=kerberos.resolver-timeout"}},

		// What WinRM, libcurl and WMI say.
		{"401", []string{"http:winrm.unauthorized"}},
		{"500", []string{"http:winrm.access-denied"}},
		{"503", []string{"http:winrm.other-status"}},
		{"200", nil},
		{"Couldn't connect to server", []string{"curl:winrm.not-reached"}},
		{"Could not connect to server.", []string{"curl:winrm.not-reached"}},
		{"Couldn’t resolve host name", []string{"curl:winrm.unresolved"}},
		{"CURLE_COULDNT_RESOLVE_HOST", []string{"curl:winrm.unresolved"}},
		{"curl 60", []string{"curl:winrm.certificate-untrusted", "curl:winrm.certificate-refused"}},
		{"curl (7)", []string{"curl:winrm.not-reached"}},
		{"curl 1", nil},
		{"NT_STATUS_ACCESS_DENIED", []string{"windows:wmi.access-denied"}},
		{"STATUS_ACCESS_DENIED", []string{"windows:wmi.access-denied"}},
		{"0xC0000022", []string{"windows:wmi.access-denied"}},
		{"0x80041003", []string{"windows:wmi.namespace-denied"}},
		{"2147749891", []string{"windows:wmi.namespace-denied"}},
		{"-2147217405", []string{"windows:wmi.namespace-denied"}},
		{"2150859012", []string{"windows:winrm.access-denied"}},
		{"NT code 0x80041003 - NT code 0x80041003", []string{"text:wmi.namespace-denied"}},
		{"Connection failed. response code = 0, error: Could not resolve hostname in vsys 2", []string{"text:winrm.unresolved"}},
		{"response code = 418, error: (null) in vsys 1", []string{"text:winrm.other-status"}},
		{"log query for AD-Server failed: NTSTATUS: NT_STATUS_OF_TOMORROW - x", []string{"text:wmi.other"}},
		{"response code = 200, error: (null)", []string{"text:winrm.other-status"}},

		// A status and an ID.
		{"Connection refused (0)", []string{"status:server.status.connection-refused-0"}},
		{"Connection refused(401)", []string{"status:server.status.connection-refused"}},
		{"connection refused", []string{"status:server.status.connection-refused"}},
		{"アクセスが拒否されました", []string{"status:server.status.access-denied"}},
		{"接続拒否（0）", []string{"status:server.status.connection-refused-0"}},
		{"Kerberos error", []string{"status:kerberos.status"}},
		{"kerberos  ERROR", []string{"status:kerberos.status"}},
		{"N/A", []string{"status:syslog.status.not-available"}},
		{"Not connected", []string{"status:server.status.not-connected", "status:syslog.status.not-connected"}},
		{"kerberos.preauth-failed", []string{"symptom:-1765328360=kerberos.preauth-failed"}},
		{"Syslog.Listener.Disabled", []string{"symptom:syslog.listener.disabled"}},

		// A log line says which of two meanings it is.
		{"x: failed to get krb5 tgt ticket with error 16.", []string{"text:16=kerberos.resolver-busy"}},
		{"failed to get krb5 tgt ticket with error -1765328343.", []string{"text:-1765328343"}},
		{"        total connections made          : 0", []string{"text:syslog.counters.no-connections-made"}},

		// Messages, as MIT's programs print them, and fields of Windows' events.
		{"Preauthentication failed", []string{"text:" + preauth}},
		{"kinit: Cannot contact any KDC for realm 'CORP.EXAMPLE' while getting initial credentials", []string{"text:-1765328228=kerberos.kdc-unreachable"}},
		{"kinit: Client 'svc@CORP.EXAMPLE' not found in Kerberos database", []string{"text:-1765328378=kerberos.client-unknown"}},
		{"Client's credentials have been revoked while asking", []string{"text:-1765328366=kerberos.client-revoked"}},
		{"Connection timed out", []string{"text:145=kerberos.resolver-timeout-mips", "text:110=kerberos.resolver-timeout"}},
		{"dial tcp 192.0.2.1:514: Connection timed out", nil},
		{"Failure Code:\t\t0x18", []string{"text:" + preauth}},
		{"Result Code: 0x12 and status 0xC0000072, KDC_ERR_CLIENT_REVOKED", []string{"text:-1765328366=kerberos.client-revoked", "text:STATUS_ACCOUNT_DISABLED"}},
		{"Pre-Authentication Type: 0x2", nil},
	} {
		t.Run(c.query, func(t *testing.T) {
			t.Parallel()
			got := short(Lookup(c.query))
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("Lookup(%q) = %q, want %q", c.query, got, c.want)
			}
		})
	}
}

// What the table holds is found by each of its names, and by what a firewall prints.
func TestLookupFindsEverythingByItsNames(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		if len(Lookup(name)) == 0 {
			t.Errorf("%q is a name, and Lookup finds nothing", name)
		}
	}
	for _, s := range All() {
		found := Lookup(s.Golden())
		if !slices.ContainsFunc(found, func(f Found) bool { return f.Symptom != nil && f.Symptom.ID == s.ID }) {
			t.Errorf("%s is not found in its golden text, but %q", s.ID, short(found))
		}
		if s.Number != nil && len(found) != 1 {
			t.Errorf("the golden text of %s is %q", s.ID, short(found))
		}
	}
	for _, c := range KerberosCodes() {
		for _, f := range Lookup(fmt.Sprint(c.Number)) {
			if f.As != AsProtocol && f.Code.Symbol != c.Symbol {
				t.Errorf("%d is %s, want %s", c.Number, f.Code.Symbol, c.Symbol)
			}
		}
	}
}

// Whatever it is asked, each answer is about something, and none stands twice.
func FuzzLookup(f *testing.F) {
	for _, s := range All() {
		f.Add(s.Golden())
	}
	for _, name := range []string{"0x", "-0x18", "−", "'", "KRB5_", "0xC0000072", "''", "error", "\xff\xfe0\x001\x00"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, query string) {
		seen := map[string]bool{}
		for _, found := range Lookup(query) {
			key := string(found.As) + found.key()
			if found.As == "" || found.key() == "" || seen[key] {
				t.Errorf("Lookup(%q) answers %q", query, short([]Found{found}))
			}
			seen[key] = true
		}
	})
}
