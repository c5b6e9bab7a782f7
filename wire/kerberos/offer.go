package kerberos

import (
	"encoding/asn1"
	"slices"

	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Offer is one entry of ETYPE-INFO2, RFC 4120 section 5.2.7.5: an encryption type that the KDC
// takes for the account, and how its key is made of the password.
type Offer struct {
	Etype      Etype
	Salt       string
	HasSalt    bool   // an empty salt is not a missing one
	Parameters []byte // s2kparams; nil if there were none
}

// offersOf lists the entries of ETYPE-INFO2. It is nil if there is none, and empty, not nil, if there is
// one without an entry.
func offersOf(methods []paData) (offers []Offer) {
	for _, m := range methods {
		if m.Type != patype.PA_ETYPE_INFO2 {
			continue
		}
		if offers == nil {
			offers = []Offer{}
		}
		for _, entry := range children(m.Value) {
			if o, ok := readOffer(entry.Bytes); ok {
				offers = append(offers, o)
			}
		}
	}
	return offers
}

func readOffer(fields []byte) (o Offer, ok bool) {
	for len(fields) > 0 {
		var field asn1.RawValue
		rest, err := asn1.Unmarshal(fields, &field)
		if err != nil || field.Class != asn1.ClassContextSpecific {
			return Offer{}, false
		}
		fields = rest
		switch field.Tag {
		case 0:
			if _, err := asn1.Unmarshal(field.Bytes, &o.Etype); err != nil {
				return Offer{}, false
			}
			ok = true
		case 1:
			var salt asn1.RawValue
			if _, err := asn1.Unmarshal(field.Bytes, &salt); err != nil {
				return Offer{}, false
			}
			o.Salt, o.HasSalt = string(salt.Bytes), true
		case 2:
			if _, err := asn1.Unmarshal(field.Bytes, &o.Parameters); err != nil {
				return Offer{}, false
			}
		}
	}
	return o, ok
}

// children are the elements of a SEQUENCE; nil of anything else.
func children(sequence []byte) (list []asn1.RawValue) {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(sequence, &outer); err != nil || !outer.IsCompound {
		return nil
	}
	for rest := outer.Bytes; len(rest) > 0; {
		var one asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &one); err != nil {
			return nil
		}
		list = append(list, one)
	}
	return list
}

const tagGeneralString = 27

// general is s as a GeneralString, which encoding/asn1 does not know.
func general(s string) asn1.RawValue { return asn1.RawValue{Tag: tagGeneralString, Bytes: []byte(s)} }

// explicit wraps a value in [n]. encoding/asn1 forgets the tags of a field that is a RawValue.
func explicit(n int, value any) asn1.RawValue {
	b, err := asn1.Marshal(value)
	if err != nil {
		panic(err) // numbers, bytes and strings have an encoding
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: n, IsCompound: true, Bytes: b}
}

// etypeInfo2 encodes offers as the value of PA-ETYPE-INFO2.
func etypeInfo2(offers []Offer) ([]byte, error) {
	list := make([][]asn1.RawValue, len(offers))
	for i, o := range offers {
		list[i] = []asn1.RawValue{explicit(0, int32(o.Etype))}
		if o.HasSalt {
			list[i] = append(list[i], explicit(1, general(o.Salt)))
		}
		if o.Parameters != nil {
			list[i] = append(list[i], explicit(2, o.Parameters))
		}
	}
	return asn1.Marshal(list)
}

// pick returns the offer for the first of our types that the KDC has.
func pick(ours []Etype, offers []Offer) (Offer, bool) {
	for _, e := range ours {
		i := slices.IndexFunc(offers, func(o Offer) bool { return o.Etype == e })
		if i >= 0 && e.Supported() {
			return offers[i], true
		}
	}
	return Offer{}, false
}

func toPAData(list types.PADataSequence) []paData {
	out := make([]paData, len(list))
	for i, p := range list {
		out[i] = paData{p.PADataType, p.PADataValue}
	}
	return out
}
