package kerberos

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gokrb5/v8/messages"
)

// Cache is the tickets of one client, the credential cache file of MIT krb5, formats 3 and 4. It holds
// session keys, which are good until the tickets end; it prints as its names and types.
type Cache struct {
	Client      Principal
	Credentials []Credential
	// Offset is how far the KDC's clock was ahead of the one that wrote the file; 0 if it does not tell.
	Offset time.Duration
	// Skipped counts the entries that are no ticket (settings of MIT krb5, and removed ones) or whose session key is of a
	// type that is not Supported: reading a cache leaves them out.
	Skipped int
}

// TGT is the ticket-granting ticket of the client's realm that ends last.
func (c Cache) TGT() (best Credential, ok bool) {
	want := TGT(c.Client.Realm)
	for _, t := range c.Credentials {
		if t.Service.Equal(want) && t.Client.Equal(c.Client) && (!ok || t.End.After(best.End)) {
			best, ok = t, true
		}
	}
	return best, ok
}

const (
	cacheVersion3 = 0x0503
	cacheVersion4 = 0x0504
	// maxCache bounds what ReadCache takes. A ticket of Active Directory has up to 64 KiB.
	maxCache = 4 << 20
	// cacheSettings is the realm of the entries that are settings.
	cacheSettings = "X-CACHECONF:"
	// cacheOffset is the tag of Offset in the header of format 4.
	cacheOffset = 1
)

// ReadCache decodes a credential cache file. The error tells where in the file it is wrong, and never a key.
func ReadCache(b []byte) (Cache, error) {
	if len(b) > maxCache {
		return Cache{}, fmt.Errorf("credential cache: %d bytes; we take at most %d", len(b), maxCache)
	}
	cur := &cacheCursor{cursor: cursor{b: b}}
	version := cur.uint16()
	if cur.short || version != cacheVersion3 && version != cacheVersion4 {
		return Cache{}, errors.New("credential cache: it begins with neither 05 04 nor 05 03")
	}
	cur.old = version == cacheVersion3
	var c Cache
	if !cur.old {
		c.Offset = cacheHeader(cur.counted())
	}
	c.Client = cur.principal()
	if cur.short {
		return Cache{}, errors.New("credential cache: it ends within its header")
	}
	for len(cur.b) > 0 {
		at := len(b) - len(cur.b)
		one, ok, err := cur.credential()
		if cur.short {
			err = errors.New("it is cut short")
		}
		if err != nil {
			return Cache{}, fmt.Errorf("credential cache: the entry at byte %d: %w", at, err)
		}
		if !ok {
			c.Skipped++
			continue
		}
		c.Credentials = append(c.Credentials, one)
	}
	return c, nil
}

func cacheHeader(b []byte) (offset time.Duration) {
	for c := (cursor{b: b}); len(c.b) > 0; {
		tag, value := c.uint16(), c.counted()
		if c.short {
			break
		}
		if tag == cacheOffset && len(value) == 8 {
			seconds, micro := int32(binary.BigEndian.Uint32(value)), int32(binary.BigEndian.Uint32(value[4:]))
			offset = time.Duration(seconds)*time.Second + time.Duration(micro)*time.Microsecond
		}
	}
	return offset
}

// cacheCursor reads what only a cache has: values with a length of four bytes.
type cacheCursor struct {
	cursor
	old bool // format 3
}

func (c *cacheCursor) long() []byte {
	n := c.uint32()
	if c.short || uint64(n) > uint64(len(c.b)) {
		c.short = true
		return nil
	}
	return c.take(int(n))
}

func (c *cacheCursor) principal() Principal {
	p := Principal{Type: NameType(int32(c.uint32()))}
	n := c.uint32()
	p.Realm = string(c.long())
	for range n {
		if c.short {
			break
		}
		p.Name = append(p.Name, string(c.long()))
	}
	return p
}

func (c *cacheCursor) time() time.Time {
	if n := c.uint32(); n != 0 {
		return time.Unix(int64(n), 0).UTC()
	}
	return time.Time{}
}

// typed reads a list of values with their types, the addresses and the authorization data.
func (c *cacheCursor) typed() {
	for range c.uint32() {
		if c.short {
			return
		}
		c.uint16()
		c.long()
	}
}

// removed is the authtime under which MIT krb5 leaves an entry that was taken out.
const removed = 0xffffffff

func (c *cacheCursor) credential() (one Credential, ok bool, err error) {
	one.Client, one.Service = c.principal(), c.principal()
	etype := Etype(c.uint16())
	if c.old {
		c.uint16() // once more
	}
	key := c.long()
	one.AuthTime, one.Start, one.End, one.RenewTill = c.time(), c.time(), c.time(), c.time()
	c.byte() // whether the ticket is sealed in a session key
	one.Flags = Flags(c.uint32())
	c.typed()
	c.typed()
	one.Ticket = append([]byte(nil), c.long()...)
	c.long() // a second ticket
	gone := one.AuthTime.Unix() == removed && one.End.IsZero()
	if c.short || one.Service.Realm == cacheSettings || gone || !etype.Supported() {
		return one, false, nil
	}
	if one.Session, err = NewKey(etype, key); err != nil {
		return one, false, err
	}
	if one.Start.IsZero() {
		one.Start = one.AuthTime
	}
	return one, true, one.readTicket()
}

// readTicket finds what the ticket says in the clear of the key it is sealed with.
func (c *Credential) readTicket() error {
	var t messages.Ticket
	if err := guard("ticket", func() error { return t.Unmarshal(c.Ticket) }); err != nil {
		return err
	}
	c.TicketEtype, c.TicketKVNO = Etype(t.EncPart.EType), t.EncPart.KVNO
	return nil
}

// Marshal encodes the cache as a file of format 4, which MIT krb5, Heimdal and Java read.
func (c Cache) Marshal() ([]byte, error) {
	b := binary.BigEndian.AppendUint16(nil, cacheVersion4)
	if c.Offset == 0 {
		b = binary.BigEndian.AppendUint16(b, 0)
	} else {
		b = append(b, 0, 12, 0, cacheOffset, 0, 8)
		b = binary.BigEndian.AppendUint32(b, uint32(int32(c.Offset/time.Second)))
		b = binary.BigEndian.AppendUint32(b, uint32(int32(c.Offset%time.Second/time.Microsecond)))
	}
	b = c.Client.appendCache(b)
	for _, one := range c.Credentials {
		if one.Session.IsZero() || len(one.Ticket) == 0 {
			return nil, fmt.Errorf("credential cache: %v: there is no ticket, or no key for it", one.Service)
		}
		b = one.appendCache(b)
	}
	return b, nil
}

func (p Principal) appendCache(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(p.Type))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Name)))
	b = appendLong(b, []byte(p.Realm))
	for _, n := range p.Name {
		b = appendLong(b, []byte(n))
	}
	return b
}

func (c Credential) appendCache(b []byte) []byte {
	b = c.Service.appendCache(c.Client.appendCache(b))
	b = binary.BigEndian.AppendUint16(b, uint16(c.Session.etype))
	b = appendLong(b, c.Session.value)
	for _, t := range []time.Time{c.AuthTime, c.Start, c.End, c.RenewTill} {
		seconds := uint32(0)
		if !t.IsZero() {
			seconds = uint32(t.Unix())
		}
		b = binary.BigEndian.AppendUint32(b, seconds)
	}
	b = binary.BigEndian.AppendUint32(append(b, 0), uint32(c.Flags))
	b = append(b, make([]byte, 8)...) // no addresses, no authorization data
	return appendLong(appendLong(b, c.Ticket), nil)
}

func appendLong(b, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}
