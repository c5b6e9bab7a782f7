package certs

import "fmt"

// The errors of OpenSSL's verification, by the number that openssl verify prints
// (X509_V_ERR_… of x509_vfy.h, OpenSSL 3.0).
const (
	errOK                = 0
	errNoCRL             = 3
	errSignature         = 7
	errNotYetValid       = 9
	errExpired           = 10
	errSelfSignedLeaf    = 18
	errSelfSignedInChain = 19
	errNoIssuer          = 20
	errDepth             = 22
	errRevoked           = 23
	errPathLength        = 25
	errPurpose           = 26
	errCritical          = 34
	errPermitted         = 47
	errExcluded          = 48
	errHostMismatch      = 62
	errAddressMismatch   = 64
	errWeakLeafKey       = 66
	errWeakCAKey         = 67
	errWeakDigest        = 68
	errInvalidCA         = 79
)

// opensslTexts are of X509_verify_cert_error_string in OpenSSL 3.0. Other versions differ
// in small words: "self signed" without its hyphen, "unsupported certificate purpose".
var opensslTexts = map[int]string{
	errOK:                "ok",
	errNoCRL:             "unable to get certificate CRL",
	errSignature:         "certificate signature failure",
	errNotYetValid:       "certificate is not yet valid",
	errExpired:           "certificate has expired",
	errSelfSignedLeaf:    "self-signed certificate",
	errSelfSignedInChain: "self-signed certificate in certificate chain",
	errNoIssuer:          "unable to get local issuer certificate",
	errDepth:             "certificate chain too long",
	errRevoked:           "certificate revoked",
	errPathLength:        "path length constraint exceeded",
	errPurpose:           "unsuitable certificate purpose",
	errCritical:          "unhandled critical extension",
	errPermitted:         "permitted subtree violation",
	errExcluded:          "excluded subtree violation",
	errHostMismatch:      "hostname mismatch",
	errAddressMismatch:   "IP address mismatch",
	errWeakLeafKey:       "EE certificate key too weak",
	errWeakCAKey:         "CA certificate key too weak",
	errWeakDigest:        "CA signature digest algorithm too weak",
	errInvalidCA:         "invalid CA certificate",
}

// OpenSSLText is what OpenSSL 3.0 calls an error of its verification; "" if the number is
// none that Examine gives.
func OpenSSLText(number int) string { return opensslTexts[number] }

func opensslSays(number int) string {
	if number == errOK {
		return "accepts it"
	}
	return fmt.Sprintf("error %d: %s", number, opensslTexts[number])
}
