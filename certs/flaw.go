package certs

import (
	"slices"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// Flaw is what is wrong with a certificate on purpose. The zero value is nothing.
type Flaw string

// The flaws.
const (
	NoFlaw                 Flaw = ""
	FlawExpired            Flaw = "expired"       // ended a day ago
	FlawNotYetValid        Flaw = "not-yet-valid" // begins tomorrow
	FlawSelfSigned         Flaw = "self-signed"   // signed by its own key
	FlawUnknownCA          Flaw = "unknown-ca"    // signed below a root that is not trusted
	FlawOldRoot            Flaw = "old-root"      // the CA was made anew under its name; the old one is trusted
	FlawMissingMiddle      Flaw = "missing-intermediate"
	FlawWrongOrder         Flaw = "wrong-order"          // leaf, root, intermediate
	FlawSuperfluous        Flaw = "superfluous"          // with a CA that has nothing to do with it
	FlawCrossSigned        Flaw = "cross-signed"         // with a way to an old root that has expired
	FlawNoBasicConstraints Flaw = "no-basic-constraints" // the intermediate has none
	FlawNotACA             Flaw = "ca-false"             // the intermediate says CA:FALSE
	FlawPathLength         Flaw = "path-length"          // a CA below one that allows none
	FlawNameConstraint     Flaw = "name-constraint"      // a further name that the root forbids
	FlawExtendedKeyUsage   Flaw = "wrong-extended-key-usage"
	FlawKeyUsage           Flaw = "wrong-key-usage"
	FlawCritical           Flaw = "critical-extension" // one that nobody knows, marked critical
	FlawNameMismatch       Flaw = "name-mismatch"      // for other.corp.example
	FlawCommonName         Flaw = "name-only-in-cn"
	FlawAddressOnly        Flaw = "ip-only"
	FlawShortName          Flaw = "short-name" // fw1, not fw1.corp.example
	FlawWildcard           Flaw = "wildcard"
	FlawTrailingDot        Flaw = "trailing-dot"
	FlawNotASCII           Flaw = "non-ascii-name"
	FlawSHA1               Flaw = "sha1"
	FlawRSA1024            Flaw = "rsa-1024"
	FlawDuplicateSerial    Flaw = "duplicate-serial" // root and intermediate share theirs
	FlawHugeChain          Flaw = "huge-chain"       // more than OpenSSL takes
	FlawRevokedCRL         Flaw = "revoked-crl"
	FlawRevokedOCSP        Flaw = "revoked-ocsp"
	FlawCRLUnreachable     Flaw = "crl-unreachable"
	FlawMustStaple         Flaw = "ocsp-must-staple" // and no OCSP response is stapled
)

// otherName is the name in a certificate with FlawNameMismatch.
const otherName = "other.corp.example"

// FlawInfo describes a flaw: who finds it, and what clients that nobody here wrote say.
type FlawInfo struct {
	Flaw  Flaw
	Title lang.Text
	// Check is the rule that finds it, and no other: the ID of the result that Examine
	// gives. Status is that result's: a warning where the firewall's client goes on.
	Check  string
	Status check.Status
	// Rule is the rule of Judge that finds it; "" where that one does not mind.
	Rule string
	// OwnCA says that its certificate needs a CA made for it alone, as by Mint;
	// Authority.Server refuses it.
	OwnCA bool
	// Online says that it is found only when the addresses in the certificate are asked.
	Online bool
	Peers  Peers
	// Why says why the judges differ; "" where all accept it or all refuse it.
	Why string
}

// Differ says whether some of the judges accept the flaw and others refuse it: Examine,
// openssl verify with lists and without, s_client, curl, Go.
func (f FlawInfo) Differ() bool {
	refuse := []bool{f.Status == check.Fail, f.Peers.Verify != 0, f.Peers.VerifyCRL != 0, f.Peers.Client != 0, f.Peers.Curl != 0, f.Peers.Go != ""}
	return slices.Contains(refuse, true) && slices.Contains(refuse, false)
}

// Peers is what other programs say of a flaw, seen with the versions that
// docs/certificates.md names; a test asks them again.
type Peers struct {
	// Verify is the error number of openssl verify with the name, the purpose sslserver and
	// -auth_level 2, which is what Debian's s_client and curl use. 0 is OK.
	Verify int
	// VerifyCRL is the same with -crl_check_all and the lists at hand.
	VerifyCRL int
	// Client is that of openssl s_client -verify_return_error; HandshakeFails where it gets no
	// certificate to verify.
	Client int
	// Curl is the exit code of curl from 7.62.
	Curl int
	// Go is a part of what Go's verifier says; "" if it accepts.
	Go string
}

// HandshakeFails stands in Peers.Client for a handshake that ended before the verification.
const HandshakeFails = -1

// flawRow is a flaw and how it is made.
type flawRow struct {
	FlawInfo
	change func(*spec) error
}

// Flaws lists the flaws that can be minted.
func Flaws() []FlawInfo {
	var list []FlawInfo
	for _, row := range flawTable() {
		list = append(list, row.FlawInfo)
	}
	return list
}

// FindFlaw returns the row of a flaw.
func FindFlaw(flaw Flaw) (FlawInfo, bool) {
	for _, row := range flawTable() {
		if row.Flaw == flaw {
			return row.FlawInfo, true
		}
	}
	return FlawInfo{}, false
}
