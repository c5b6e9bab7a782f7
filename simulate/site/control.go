package site

import (
	"context"
	"encoding/json"
	"net"

	"github.com/uidprobe/uidprobe/simulate"
)

// control is the control API of one peer.
type control struct {
	*simulate.Control
	peer string
}

// startControls starts one for each peer: the first where the configuration says, the others beside
// it on free ports.
func (s *Site) startControls(ctx context.Context) error {
	if s.config.Control == "" {
		return nil
	}
	listen := s.config.Control
	for _, p := range s.peers() {
		c, err := p.start(ctx, s, listen)
		if err != nil {
			return err
		}
		s.controls = append(s.controls, control{c, p.name})
		host, _, err := net.SplitHostPort(listen)
		if err != nil {
			return err // it was listened on
		}
		listen = net.JoinHostPort(host, "0")
	}
	return nil
}

func (p peer) start(ctx context.Context, s *Site, listen string) (*simulate.Control, error) {
	if p.name == PeerFirewall {
		return s.fw.StartControl(ctx, listen)
	}
	config := simulate.ControlConfig{Listen: listen, Record: p.record, Faults: p.faults, Log: s.config.Log}
	if p.name == PeerDC {
		config.Reset = func() { _ = s.domain.dc.Unlock(s.domain.Account) } // the account is there
	}
	return simulate.StartControl(ctx, config)
}

// Control is the control API of the firewall, or of the domain controller where there is no firewall; nil
// if there is none.
func (s *Site) Control() *simulate.Control {
	if len(s.controls) == 0 {
		return nil
	}
	return s.controls[0].Control
}

// PeerControl is the control API of a peer, PeerFirewall and so on; nil if there is none.
func (s *Site) PeerControl(peer string) *simulate.Control {
	for _, c := range s.controls {
		if c.peer == peer {
			return c.Control
		}
	}
	return nil
}

// controlFiles say where each control API is. The first is in ControlFile, whoever's it is.
func (s *Site) controlFiles() (files []file, err error) {
	names := map[string]string{PeerDC: DCControlFile, PeerDNS: DNSControlFile}
	for i, c := range s.controls {
		data, err := json.Marshal(map[string]string{"url": "http://" + c.Addr().String() + "/v1/", "token": c.Token()})
		if err != nil {
			return nil, err
		}
		name := names[c.peer]
		if i == 0 {
			name = ControlFile
		}
		files = append(files, file{name, append(data, '\n'), 0o600})
	}
	return files, nil
}
