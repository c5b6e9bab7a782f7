package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// SID is a security identifier as text, "S-1-5-32-573". It names a group in every language: the names
// of the built-in groups are translated, their SIDs are not.
type SID string

// The built-in groups that matter to server monitoring, MS-DTYP section 2.4.2.4.
const (
	ServerOperators       SID = "S-1-5-32-549"
	Administrators        SID = "S-1-5-32-544"
	DistributedCOMUsers   SID = "S-1-5-32-562"
	EventLogReaders       SID = "S-1-5-32-573"
	RemoteManagementUsers SID = "S-1-5-32-580"
)

// The last numbers of groups that each domain has under its own SID, MS-DTYP section 2.4.2.4.
const (
	RIDDomainAdmins     = 512
	RIDDomainUsers      = 513
	RIDProtectedUsers   = 525
	RIDEnterpriseAdmins = 519
)

// RID is the last number of the SID, and false of text that is no SID.
func (s SID) RID() (uint32, bool) {
	_, last, ok := cutLast(string(s))
	n, err := strconv.ParseUint(last, 10, 32)
	return uint32(n), ok && err == nil
}

// Domain is the SID without its last number.
func (s SID) Domain() SID {
	front, _, _ := cutLast(string(s))
	return SID(front)
}

// With is the SID of another object of the same domain.
func (s SID) With(rid uint32) SID { return SID(fmt.Sprintf("%s-%d", s, rid)) }

// BuiltIn says whether the SID is one of S-1-5-32, which every domain has.
func (s SID) BuiltIn() bool { return s.Domain() == "S-1-5-32" }

func cutLast(s string) (front, last string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// maxSubAuthorities is of MS-DTYP section 2.4.2.
const maxSubAuthorities = 15

// DecodeSID reads the binary form, MS-DTYP section 2.4.2.2.
func DecodeSID(b []byte) (SID, error) {
	if len(b) < 8 || b[0] != 1 {
		return "", errors.New("SID: it does not begin as one")
	}
	n := int(b[1])
	if n > maxSubAuthorities || len(b) != 8+4*n {
		return "", fmt.Errorf("SID: %d bytes for %d numbers", len(b), n)
	}
	var authority uint64
	for _, o := range b[2:8] {
		authority = authority<<8 | uint64(o)
	}
	s := fmt.Sprintf("S-1-%d", authority)
	for at := 8; at < len(b); at += 4 {
		s += fmt.Sprintf("-%d", binary.LittleEndian.Uint32(b[at:]))
	}
	return SID(s), nil
}

// bytes is the inverse of DecodeSID; nil of text that is no SID.
func (s SID) bytes() []byte {
	parts := strings.Split(string(s), "-")
	if len(parts) < 3 || parts[0] != "S" || parts[1] != "1" || len(parts)-3 > maxSubAuthorities {
		return nil
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	if err != nil {
		return nil
	}
	b := append([]byte{1, byte(len(parts) - 3)}, binary.BigEndian.AppendUint64(nil, authority)[2:]...)
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil
		}
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}
