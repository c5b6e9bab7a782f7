package symptom

import "slices"

// Origin is where an error number of Kerberos comes from.
type Origin string

// The origins.
const (
	FromKDC     Origin = "kdc"     // the error-code of a KRB-ERROR that a KDC sent
	FromLibrary Origin = "library" // the client's library, without a word from a KDC
	FromSystem  Origin = "system"  // an errno: its number depends on the processor
)

// kerberosBase is where MIT's error table begins (krb5_err.et): number = base + protocol code.
const kerberosBase = -1765328384

// lastProtocolCode is the last that the rule holds for; the library's own numbers follow.
const lastProtocolCode = 127

// none is the Protocol of a number that no KDC sends.
const none = -1

// KerberosCode is a number that MIT's krb5_get_init_creds_password can return, and that the
// firewall then logs as it is.
type KerberosCode struct {
	Number   int64  // as the firewall logs it: -1765328360
	Symbol   string // MIT's: KRB5KDC_ERR_PREAUTH_FAILED; for an errno that of C: EAGAIN
	Protocol int    // the error-code of the KRB-ERROR: 24; -1 if no KDC sends it
	RFC      string // the RFC's name of that code: KDC_ERR_PREAUTH_FAILED; "" if it has none
	Message  string // MIT's, or the C library's
	Origin   Origin
	// Processor says on which processors an errno has this number: "all", "MIPS", "x86, ARM".
	// "" for what is no errno.
	Processor string
}

// KerberosCodes returns every number that has a name, in the order of krb5_err.et, then the
// errno values that a resolver can leave behind. It has more rows than All has symptoms:
// most of these numbers no firewall was ever seen to log. The slice is the caller's.
func KerberosCodes() []KerberosCode {
	return slices.Concat(protocolCodes, libraryCodes, systemCodes)
}

// KerberosNumber returns the number that the firewall logs when a KDC answers with the
// protocol's error code. ok is false for a code outside 0 to 127, for which there is no rule.
func KerberosNumber(protocol int) (number int64, ok bool) {
	return kerberosBase + int64(protocol), protocol >= 0 && protocol <= lastProtocolCode
}

// KerberosProtocol is the way back: the protocol's error code behind a number that the
// firewall logged. ok is false if no KDC sent that number.
func KerberosProtocol(number int64) (protocol int, ok bool) {
	if number < kerberosBase || number > kerberosBase+lastProtocolCode {
		return none, false
	}
	return int(number - kerberosBase), true
}
