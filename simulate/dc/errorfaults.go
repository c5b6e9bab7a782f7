package dc

import (
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/simulate"
	"github.com/uidprobe/uidprobe/wire/kerberos"
)

// errorFault is a KRB-ERROR as data.
type errorFault struct {
	id             string
	code           kerberos.ErrorCode
	status         kerberos.NTStatus // 0 is none
	check, symptom string
	title          lang.Text
	after          bool // once the password was found right; otherwise the parameter "when" tells
	tgs            bool
	referral       bool // with a realm to ask instead
}

// errorFaults holds the numbers of the vendor's article that a KDC sends (6, 14, 18, 24, 31,
// 68), and their neighbours.
func errorFaults() []fault {
	var rows []fault
	for _, d := range []errorFault{
		{id: "kdc-client-unknown", code: kerberos.ErrClientUnknown, check: checkAccount, symptom: "kerberos.client-unknown",
			title: lang.Text{EN: "the KDC does not know the account", JA: "KDC にアカウントが存在しない"}},
		{id: "kdc-etype-unsupported", code: kerberos.ErrEtypeUnsupported, check: checkAccount, symptom: symptomEtype,
			title: lang.Text{EN: "the account has no AES keys", JA: "アカウントに AES の鍵がない"}},
		{id: "kdc-account-disabled", code: kerberos.ErrClientRevoked, status: kerberos.StatusAccountDisabled, check: checkAccount, symptom: "kerberos.client-revoked",
			title: lang.Text{EN: "the account is disabled", JA: "アカウントが無効になっている"}},
		{id: "kdc-account-locked", code: kerberos.ErrClientRevoked, status: kerberos.StatusAccountLockedOut, check: checkAccount, symptom: "kerberos.client-revoked",
			title: lang.Text{EN: "the account is locked out", JA: "アカウントがロックアウトされている"}},
		{id: "kdc-account-expired", code: kerberos.ErrClientRevoked, status: kerberos.StatusAccountExpired, check: checkAccount, symptom: "kerberos.client-revoked",
			title: lang.Text{EN: "the account has expired", JA: "アカウントの有効期限が切れている"}},
		{id: "kdc-preauth-failed", code: kerberos.ErrPreauthFailed, check: checkTicket, symptom: "kerberos.preauth-failed", after: true,
			title: lang.Text{EN: "the KDC says that the password is wrong", JA: "KDC がパスワードの誤りを返す"}},
		{id: "kdc-bad-integrity", code: kerberos.ErrBadIntegrity, check: checkTicket, symptom: symptomIntegrity, after: true,
			title: lang.Text{EN: "an old KDC says that it cannot decrypt the password's proof", JA: "古い KDC がパスワードの証明を復号できないと返す"}},
		{id: "kdc-wrong-realm", code: kerberos.ErrWrongRealm, check: checkAccount, symptom: "kerberos.wrong-realm", referral: true,
			title: lang.Text{EN: "the account lives in another realm", JA: "アカウントが別のレルムに属している"}},
		{id: "kdc-name-expired", code: kerberos.ErrClientExpired, check: checkAccount, symptom: "kerberos.name-expired",
			title: lang.Text{EN: "the account's entry in the database has expired", JA: "データベース上のアカウントの有効期限が切れている"}},
		{id: "kdc-account-not-yet", code: kerberos.ErrClientNotYet, check: checkAccount, symptom: "kerberos.client-not-yet",
			title: lang.Text{EN: "the account is not valid yet", JA: "アカウントがまだ有効になっていない"}},
		{id: "kdc-password-expired", code: kerberos.ErrPasswordExpired, status: kerberos.StatusPasswordExpired, check: checkAccount, symptom: "kerberos.password-expired",
			title: lang.Text{EN: "the password has expired", JA: "パスワードの有効期限が切れている"}},
		{id: "kdc-must-change", code: kerberos.ErrPasswordExpired, status: kerberos.StatusPasswordMustChange, check: checkAccount, symptom: "kerberos.password-expired",
			title: lang.Text{EN: "the password must be changed at the next logon", JA: "次回ログオン時にパスワードの変更が必要になっている"}},
		{id: "kdc-logon-hours", code: kerberos.ErrPolicy, status: kerberos.StatusLogonHours, check: checkAccount, symptom: "kerberos.policy",
			title: lang.Text{EN: "the account may not log on at this hour", JA: "この時間帯はアカウントのログオンが許可されていない"}},
		{id: "kdc-workstation", code: kerberos.ErrPolicy, status: kerberos.StatusWorkstation, check: checkAccount, symptom: "kerberos.policy",
			title: lang.Text{EN: "the account may not log on from this workstation", JA: "このワークステーションからのログオンが許可されていない"}},
		{id: "kdc-account-restriction", code: kerberos.ErrPolicy, status: kerberos.StatusAccountRestriction, check: checkAccount, symptom: "kerberos.policy",
			title: lang.Text{EN: "a restriction of the account forbids the logon", JA: "アカウントの制限によりログオンが拒否されている"}},
		{id: "kdc-skew", code: kerberos.ErrSkew, check: checkTicket, symptom: symptomSkew, after: true,
			title: lang.Text{EN: "the KDC says that the clocks are too far apart", JA: "KDC が時刻のずれが大きすぎると返す"}},
		{id: "kdc-unavailable", code: kerberos.ErrUnavailable, check: checkPort, symptom: "kerberos.unavailable",
			title: lang.Text{EN: "the KDC lacks a service that it needs", JA: "KDC が必要とするサービスを利用できない"}},
		{id: "kdc-generic", code: kerberos.ErrGeneric, check: checkAccount, symptom: "kerberos.generic",
			title: lang.Text{EN: "the KDC reports a generic error", JA: "KDC が一般エラーを返す"}},
		{id: "kdc-service-unknown", code: kerberos.ErrServiceUnknown, check: checkService, symptom: "kerberos.service-unknown", tgs: true,
			title: lang.Text{EN: "the KDC does not know the service", JA: "KDC にサービス プリンシパル名が存在しない"}},
		{id: "kdc-service-etype", code: kerberos.ErrEtypeUnsupported, check: checkService, symptom: symptomEtype, tgs: true,
			title: lang.Text{EN: "the service has no AES keys", JA: "サービスのアカウントに AES の鍵がない"}},
	} {
		rows = append(rows, d.fault())
	}
	return rows
}

var referralParam = simulate.Param{Name: "realm", Default: "OTHER.EXAMPLE", Means: "the realm to ask instead; empty leaves it out"}

func (d errorFault) fault() fault {
	f := fault{
		Fault:   simulate.Fault{ID: d.id, Title: d.title, Check: d.check, Symptom: d.symptom, Params: []simulate.Param{textParam}},
		code:    d.code,
		service: d.tgs,
		prepare: d.prepare,
	}
	if !d.tgs {
		f.Params = append(f.Params, accountParam)
	}
	if !d.tgs && !d.after {
		f.Params = append(f.Params, whenParam)
	}
	if d.status != 0 {
		f.Params = append(f.Params, shapeParam)
	}
	if d.referral {
		f.Params = append(f.Params, referralParam)
	}
	return f
}

func (d errorFault) prepare(p params) (_ change, err error) {
	in := injected{tgs: d.tgs, proved: d.after || d.tgs, reply: kerberos.ErrorReply{
		Code: d.code, Status: d.status, Text: p.values[textParam.Name], ClientRealm: p.values[referralParam.Name],
	}}
	if in.account, err = p.account(); err != nil {
		return nil, err
	}
	if !d.tgs && !d.after {
		when, err := p.oneOf(whenParam.Name, "before", "after")
		if err != nil {
			return nil, err
		}
		in.proved = when == "after"
	}
	if d.status != 0 {
		if err := p.shape(&in.reply); err != nil {
			return nil, err
		}
	}
	return func(e *effects) { e.refusals = append(e.refusals, in) }, nil
}
