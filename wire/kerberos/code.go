package kerberos

import "fmt"

// ErrorCode is the error-code of a KRB-ERROR, RFC 4120 section 7.5.9.
type ErrorCode int32

// The codes that this project tells apart.
const (
	ErrClientExpired     ErrorCode = 1  // KDC_ERR_NAME_EXP
	ErrClientUnknown     ErrorCode = 6  // KDC_ERR_C_PRINCIPAL_UNKNOWN
	ErrServiceUnknown    ErrorCode = 7  // KDC_ERR_S_PRINCIPAL_UNKNOWN
	ErrNeverValid        ErrorCode = 11 // KDC_ERR_NEVER_VALID
	ErrPolicy            ErrorCode = 12 // KDC_ERR_POLICY
	ErrEtypeUnsupported  ErrorCode = 14 // KDC_ERR_ETYPE_NOSUPP
	ErrClientRevoked     ErrorCode = 18 // KDC_ERR_CLIENT_REVOKED
	ErrClientNotYet      ErrorCode = 21 // KDC_ERR_CLIENT_NOTYET
	ErrPasswordExpired   ErrorCode = 23 // KDC_ERR_KEY_EXPIRED
	ErrPreauthFailed     ErrorCode = 24 // KDC_ERR_PREAUTH_FAILED
	ErrPreauthRequired   ErrorCode = 25 // KDC_ERR_PREAUTH_REQUIRED
	ErrUnavailable       ErrorCode = 29 // KDC_ERR_SVC_UNAVAILABLE
	ErrBadIntegrity      ErrorCode = 31 // KRB_AP_ERR_BAD_INTEGRITY
	ErrTicketExpired     ErrorCode = 32 // KRB_AP_ERR_TKT_EXPIRED
	ErrRepeat            ErrorCode = 34 // KRB_AP_ERR_REPEAT
	ErrNotUs             ErrorCode = 35 // KRB_AP_ERR_NOT_US
	ErrBadMatch          ErrorCode = 36 // KRB_AP_ERR_BADMATCH
	ErrSkew              ErrorCode = 37 // KRB_AP_ERR_SKEW
	ErrMessageType       ErrorCode = 40 // KRB_AP_ERR_MSG_TYPE
	ErrModified          ErrorCode = 41 // KRB_AP_ERR_MODIFIED
	ErrInappropriateHash ErrorCode = 50 // KRB_AP_ERR_INAPP_CKSUM
	ErrResponseTooBig    ErrorCode = 52 // KRB_ERR_RESPONSE_TOO_BIG
	ErrGeneric           ErrorCode = 60 // KRB_ERR_GENERIC
	ErrWrongRealm        ErrorCode = 68 // KDC_ERR_WRONG_REALM
)

// mitBase is ERROR_TABLE_BASE_krb5 of MIT krb5, lib/krb5/error_tables/krb5_err.et.
const mitBase = -1765328384

// String is the symbol of the RFC, or the number where there is none.
func (c ErrorCode) String() string {
	if s, ok := symbols[c]; ok {
		return s
	}
	return fmt.Sprintf("code %d", int32(c))
}

// MITNumber is the number under which MIT krb5 reports the code: -1765328384 + code. Codes are from
// 0 to 127; what a KDC says outside of them has no number of its own.
func (c ErrorCode) MITNumber() int32 { return mitBase + int32(c) }
