package dc

import (
	"context"
	"testing"
	"time"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

const (
	password = "Passw0rd.Svc1"
	webName  = "HTTP/dc1.corp.example"
)

// start is a domain with one account, svc-userid, and one web service.
func start(t *testing.T, change func(*Config)) *DC {
	t.Helper()
	config := Config{
		Accounts: []Account{{Name: "svc-userid", Password: credential.New(password)}},
		Services: []string{webName, "host/dc2.corp.example"},
	}
	if change != nil {
		change(&config)
	}
	d, err := Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// ctx bounds a test that would wait for ever.
func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func (dc *DC) over(network string) kerberos.KDC {
	return kerberos.KDC{Network: network, Address: dc.Addr()}
}

func user(t *testing.T, name string) kerberos.ASRequest {
	t.Helper()
	p, err := kerberos.ParsePrincipal(name)
	if err != nil {
		t.Fatal(err)
	}
	if p.Realm == "" {
		p.Realm = DefaultRealm
	}
	return kerberos.ASRequest{Client: p}
}

// login is what a client does: it asks, and then proves its password once.
func login(ctx context.Context, k kerberos.KDC, ask kerberos.ASRequest, word string) (kerberos.Credential, error) {
	answer, err := k.Ask(ctx, ask)
	if err != nil {
		return kerberos.Credential{}, err
	}
	if answer.Reply != nil {
		return answer.Reply.Open(kerberos.PasswordKeys(word))
	}
	return k.Login(ctx, ask, answer, kerberos.PasswordKeys(word))
}

// results are what the record says of the answers, in order.
func results(d *DC) (list []string) {
	for _, e := range d.Record().Since(0) {
		if e.Kind == KindAnswer {
			list = append(list, e.Fields["type"].(string)+" "+e.Fields["result"].(string))
		}
	}
	return list
}

// untilSilent ends once the KDC has noted that it kept silent: the patience of a client, without a
// clock.
func untilSilent(t *testing.T, d *DC) context.Context {
	c, cancel := context.WithCancel(ctx(t))
	go func() {
		defer cancel()
		for seq := uint64(0); ; {
			events, err := d.Record().Next(c, seq)
			if err != nil {
				return
			}
			for _, e := range events {
				if seq = e.Seq; e.Kind == KindAnswer && e.Fields["result"] == "none" {
					return
				}
			}
		}
	}()
	return c
}
