package dc

import "github.com/uidprobe/uidprobe/wire/kerberos"

// refusal is how a KDC refuses an account.
type refusal struct {
	code   kerberos.ErrorCode
	status kerberos.NTStatus
}

// states is what a state looks like on the wire.
//
// Windows: the codes are those that Microsoft documents for event 4768 (18 for disabled,
// expired and locked out; 12 for logon hours, workstation and smart card; 23 for the
// password), the statuses those of MS-ERREF; inferred, not compared. Samba: measured on 4.17.
// Samba does not enforce the workstation; its row is that of its logon hours, so that no state
// passes unseen.
var states = map[Behaviour]map[State]refusal{
	Windows: {
		Disabled:          {kerberos.ErrClientRevoked, kerberos.StatusAccountDisabled},
		Expired:           {kerberos.ErrClientRevoked, kerberos.StatusAccountExpired},
		Locked:            {kerberos.ErrClientRevoked, kerberos.StatusAccountLockedOut},
		PasswordExpired:   {kerberos.ErrPasswordExpired, kerberos.StatusPasswordExpired},
		MustChange:        {kerberos.ErrPasswordExpired, kerberos.StatusPasswordMustChange},
		OutsideHours:      {kerberos.ErrPolicy, kerberos.StatusLogonHours},
		OtherWorkstation:  {kerberos.ErrPolicy, kerberos.StatusWorkstation},
		SmartcardRequired: {kerberos.ErrPolicy, 0},
	},
	Samba: {
		Disabled:          {kerberos.ErrClientRevoked, kerberos.StatusAccountDisabled},
		Expired:           {kerberos.ErrClientRevoked, kerberos.StatusAccountExpired},
		Locked:            {kerberos.ErrClientRevoked, 0},
		PasswordExpired:   {kerberos.ErrPasswordExpired, kerberos.StatusPasswordExpired},
		MustChange:        {kerberos.ErrPasswordExpired, kerberos.StatusPasswordMustChange},
		OutsideHours:      {kerberos.ErrClientRevoked, kerberos.StatusLogonHours},
		OtherWorkstation:  {kerberos.ErrClientRevoked, kerberos.StatusWorkstation},
		SmartcardRequired: {kerberos.ErrPreauthFailed, 0},
	},
}

func (b Behaviour) shape() kerberos.DataShape {
	if b == Samba {
		return kerberos.MethodDataShape
	}
	return kerberos.ErrorDataShape
}
