package credential

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

// The slow hash is PBKDF2-HMAC-SHA256.
const (
	// rounds is above the 600,000 of OWASP's Password Storage Cheat Sheet (2023), and at
	// 0.2 s on a server of 2026 costs a run little.
	rounds = 1_000_000
	// maxRounds keeps a file that was tampered with from stopping a run.
	maxRounds = 10 * rounds

	algorithm = "PBKDF2-HMAC-SHA256"
	saltSize  = 16
	sumSize   = sha256.Size
)

// slowHash is the salted hash of a password that a file may hold.
func slowHash(secret Secret, salt []byte, rounds int) ([]byte, error) {
	sum, err := pbkdf2.Key(sha256.New, secret.Reveal(), salt, rounds, sumSize)
	if err != nil {
		return nil, fmt.Errorf("gate: hash the password: %w", err)
	}
	return sum, nil
}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	return salt
}
