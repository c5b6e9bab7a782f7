package kerberos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Keytab is a list of keys by name, the file of MIT krb5, format 0x502. It holds secrets as good as
// a password; it prints as its names and types.
type Keytab struct {
	Entries []KeytabEntry
	// Skipped counts the keys of types that are not Supported, such as RC4: reading a keytab
	// leaves them out.
	Skipped int
}

// KeytabEntry is one key.
type KeytabEntry struct {
	Principal Principal
	KVNO      uint32
	Key       Key
	Time      time.Time // when it was written
}

const (
	keytabVersion = 0x0502
	// maxKeytab bounds what ReadKeytab takes. One of a DC with all its names has some kilobytes.
	maxKeytab = 4 << 20
)

// Marshal encodes the keytab as a file that MIT krb5, Heimdal and Java read.
func (kt Keytab) Marshal() ([]byte, error) {
	out := binary.BigEndian.AppendUint16(nil, keytabVersion)
	for _, e := range kt.Entries {
		b, err := e.marshal()
		if err != nil {
			return nil, fmt.Errorf("keytab: %v: %w", e.Principal, err)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	return out, nil
}

func (e KeytabEntry) marshal() (b []byte, err error) {
	texts := append([]string{e.Principal.Realm}, e.Principal.Name...)
	b = binary.BigEndian.AppendUint16(nil, uint16(len(e.Principal.Name)))
	for _, t := range texts {
		if len(t) > 0xffff {
			return nil, errors.New("a name is longer than 65535 bytes")
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(t))), t...)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(e.Principal.Type))
	b = binary.BigEndian.AppendUint32(b, uint32(e.Time.Unix()))
	b = append(b, byte(e.KVNO))
	b = binary.BigEndian.AppendUint16(b, uint16(e.Key.etype))
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(e.Key.value))), e.Key.value...)
	return binary.BigEndian.AppendUint32(b, e.KVNO), nil
}

// ReadKeytab decodes a keytab. The error tells where in the file it is wrong, and never a key.
func ReadKeytab(b []byte) (Keytab, error) {
	if len(b) > maxKeytab {
		return Keytab{}, fmt.Errorf("keytab: %d bytes; we take at most %d", len(b), maxKeytab)
	}
	if len(b) < 2 || binary.BigEndian.Uint16(b) != keytabVersion {
		return Keytab{}, errors.New("keytab: it does not begin with 05 02")
	}
	var kt Keytab
	for at := 2; at+4 <= len(b); {
		size := int(int32(binary.BigEndian.Uint32(b[at:])))
		start := at + 4
		at = start + max(size, -size)
		if size == 0 { // MIT krb5 ends a keytab so
			break
		}
		if at > len(b) || at < start {
			return Keytab{}, fmt.Errorf("keytab: the entry at byte %d is longer than the file", start)
		}
		if size < 0 { // a hole that a deleted entry left
			continue
		}
		if err := kt.read(b[start:at]); err != nil {
			return Keytab{}, fmt.Errorf("keytab: the entry at byte %d: %w", start, err)
		}
	}
	return kt, nil
}

func (kt *Keytab) read(b []byte) error {
	c := cursor{b: b}
	n := int(c.uint16())
	e := KeytabEntry{Principal: Principal{Realm: string(c.counted())}}
	for range n {
		if c.short {
			break
		}
		e.Principal.Name = append(e.Principal.Name, string(c.counted()))
	}
	e.Principal.Type = NameType(int32(c.uint32()))
	e.Time = time.Unix(int64(c.uint32()), 0).UTC()
	e.KVNO = uint32(c.byte())
	etype := Etype(c.uint16())
	value := c.counted()
	if c.short {
		return errors.New("it is cut short")
	}
	if len(c.b) >= 4 { // the long form of the version, which old writers leave out
		if long := c.uint32(); long != 0 {
			e.KVNO = long
		}
	}
	if !etype.Supported() {
		kt.Skipped++
		return nil
	}
	var err error
	if e.Key, err = NewKey(etype, value); err != nil {
		return err
	}
	kt.Entries = append(kt.Entries, e)
	return nil
}

// Keys gives the newest key of a client for each encryption type.
func (kt Keytab) Keys() KeyFunc {
	return func(client Principal, offer Offer) (Key, error) {
		e, err := kt.Find(client, offer.Etype)
		return e.Key, err
	}
}

// Find returns the entry of a principal with the highest version. Names are compared byte for
// byte, as MIT krb5 does.
func (kt Keytab) Find(p Principal, etype Etype) (best KeytabEntry, err error) {
	known := false
	for _, e := range kt.Entries {
		if !e.Principal.Equal(p) {
			continue
		}
		known = true
		if e.Key.etype == etype && (best.Key.IsZero() || e.KVNO > best.KVNO) {
			best = e
		}
	}
	switch {
	case !best.Key.IsZero():
		return best, nil
	case known:
		return best, fmt.Errorf("the keytab has no %v key of %v", etype, p)
	}
	return best, fmt.Errorf("the keytab does not name %v", p)
}

// cursor reads numbers from the front of b; short is set once there were too few bytes.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if c.short || n > len(c.b) {
		c.short = true
		return make([]byte, min(n, 4))
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) byte() byte     { return c.take(1)[0] }
func (c *cursor) uint16() uint16 { return binary.BigEndian.Uint16(c.take(2)) }
func (c *cursor) uint32() uint32 { return binary.BigEndian.Uint32(c.take(4)) }
func (c *cursor) counted() []byte {
	n := int(c.uint16())
	if c.short {
		return nil
	}
	return c.take(n)
}
