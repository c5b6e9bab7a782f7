package kerberos

import (
	"encoding/asn1"
	"encoding/binary"
	"fmt"
)

// NTStatus is the Windows status in the extended error of a KRB-ERROR, MS-KILE section 2.2.1.
type NTStatus uint32

// The statuses of accounts, MS-ERREF section 2.3.1.
const (
	StatusAccountRestriction NTStatus = 0xC000006E
	StatusLogonHours         NTStatus = 0xC000006F
	StatusWorkstation        NTStatus = 0xC0000070
	StatusPasswordExpired    NTStatus = 0xC0000071
	StatusAccountDisabled    NTStatus = 0xC0000072
	StatusAccountExpired     NTStatus = 0xC0000193
	StatusPasswordMustChange NTStatus = 0xC0000224
	StatusAccountLockedOut   NTStatus = 0xC0000234
)

var statusNames = map[NTStatus]string{
	StatusAccountRestriction: "STATUS_ACCOUNT_RESTRICTION",
	StatusLogonHours:         "STATUS_INVALID_LOGON_HOURS",
	StatusWorkstation:        "STATUS_INVALID_WORKSTATION",
	StatusPasswordExpired:    "STATUS_PASSWORD_EXPIRED",
	StatusAccountDisabled:    "STATUS_ACCOUNT_DISABLED",
	StatusAccountExpired:     "STATUS_ACCOUNT_EXPIRED",
	StatusPasswordMustChange: "STATUS_PASSWORD_MUST_CHANGE",
	StatusAccountLockedOut:   "STATUS_ACCOUNT_LOCKED_OUT",
}

// String is the number with its name, where it has one.
func (s NTStatus) String() string {
	if name, ok := statusNames[s]; ok {
		return fmt.Sprintf("0x%08X %s", uint32(s), name)
	}
	return fmt.Sprintf("0x%08X", uint32(s))
}

// DataShape is how a KDC packs an NTSTATUS into e-data.
type DataShape string

// The shapes that are known.
const (
	NoShape DataShape = "" // there is no NTSTATUS
	// ErrorDataShape is a bare KERB-ERROR-DATA, MS-KILE section 2.2.2; Active Directory's (from the
	// document, not recorded).
	ErrorDataShape DataShape = "KERB-ERROR-DATA"
	// MethodDataShape is a PA-DATA of type 3 within METHOD-DATA; Samba's (measured, 4.17).
	MethodDataShape DataShape = "METHOD-DATA"
)

// kerbErrTypeExtended is the data-type of an extended error, MS-KILE section 2.2.2. As a
// PA-DATA it is PA-PW-SALT, whose place Samba uses for the same bytes.
const kerbErrTypeExtended = 3

// paData is PA-DATA and, in the same bytes, KERB-ERROR-DATA.
type paData struct {
	Type  int32  `asn1:"explicit,tag:1"`
	Value []byte `asn1:"explicit,tag:2"`
}

// readEData takes e-data apart in whichever shape it comes; what is in neither is nothing.
func readEData(data []byte) (methods []paData, shape DataShape) {
	if rest, err := asn1.Unmarshal(data, &methods); err == nil && len(rest) == 0 {
		return methods, MethodDataShape
	}
	var one paData
	if _, err := asn1.Unmarshal(data, &one); err == nil {
		return []paData{one}, ErrorDataShape
	}
	return nil, NoShape
}

func statusOf(methods []paData) (NTStatus, bool) {
	for _, m := range methods {
		if m.Type == kerbErrTypeExtended && len(m.Value) == extendedError {
			return NTStatus(binary.LittleEndian.Uint32(m.Value)), true
		}
	}
	return 0, false
}

const extendedError = 12 // status, reserved, flags: MS-KILE section 2.2.1

// statusData packs a status as the shape wants it. The flags are 1, as Samba sends them.
func statusData(s NTStatus, shape DataShape) ([]byte, error) {
	value := binary.LittleEndian.AppendUint32(nil, uint32(s))
	value = binary.LittleEndian.AppendUint32(value, 0)
	value = binary.LittleEndian.AppendUint32(value, 1)
	one := paData{kerbErrTypeExtended, value}
	if shape == MethodDataShape {
		return asn1.Marshal([]paData{one})
	}
	return asn1.Marshal(one)
}
