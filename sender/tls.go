package sender

import (
	"context"
	"crypto/tls"
	"net"
)

// handshake makes TLS of a socket.
func handshake(ctx context.Context, socket net.Conn, c Connection) (*tls.Conn, *TLSState, error) {
	conn := tls.Client(socket, c.tlsConfig())
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, &Error{Kind: handshakeKind(err), Err: err}
	}
	return conn, stateOf(conn.ConnectionState(), c), nil
}

func (c Connection) tlsConfig() *tls.Config {
	config := &tls.Config{
		RootCAs:            c.TLS.Roots,
		ServerName:         c.serverName(),
		MinVersion:         c.TLS.MinVersion,
		MaxVersion:         c.TLS.MaxVersion,
		InsecureSkipVerify: c.TLS.SkipVerify,
		// Small records at first help a browser to draw early; here they would cost a system
		// call for every few messages.
		DynamicRecordSizingDisabled: true,
	}
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS12
	}
	if c.TLS.Certificate != nil {
		config.Certificates = []tls.Certificate{*c.TLS.Certificate}
	}
	return config
}

func (c Connection) serverName() string {
	if c.TLS.ServerName != "" {
		return c.TLS.ServerName
	}
	return c.To.Host
}

func stateOf(s tls.ConnectionState, c Connection) *TLSState {
	state := &TLSState{
		Version:    tls.VersionName(s.Version),
		Cipher:     tls.CipherSuiteName(s.CipherSuite),
		ServerName: c.serverName(),
		Verified:   !c.TLS.SkipVerify,
	}
	if len(s.PeerCertificates) > 0 {
		peer := s.PeerCertificates[0]
		state.PeerSubject, state.PeerIssuer, state.PeerExpires = peer.Subject.String(), peer.Issuer.String(), peer.NotAfter
	}
	return state
}
