package remoteui

import (
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
	"github.com/rekey-go/rekey/remoteui/internal/page"
)

// LoginFailure is why a device lets nobody in, as far as its words tell. The zero
// value is [WrongCredential].
type LoginFailure string

// The failures, after the catalogue of the platform's login service.
const (
	// WrongCredential: the credential was refused, or the words are not known.
	WrongCredential LoginFailure = ""
	// TooManyUsers: as many are logged in as the device allows; the password was
	// not refused. It is waited for, within Config.WaitTimeout.
	TooManyUsers LoginFailure = "too many users are logged in"
	// NotReady: the device has just started. It is waited for likewise.
	NotReady LoginFailure = "the device is still starting"
	// DeviceBusy: the device has no time now, and did not look at the password. It
	// is waited for likewise.
	DeviceBusy LoginFailure = "the device is busy"
	// PageExpired: the form was open for too long. A new one is tried once.
	PageExpired LoginFailure = "the login page has expired"
	// TLSOff: the device wants TLS for logging in, and has it switched off.
	TLSOff LoginFailure = "the device wants TLS switched on"
	// AccountExpired, PasswordExpired, NoPrivilege: the account cannot do it.
	AccountExpired  LoginFailure = "the account has expired"
	PasswordExpired LoginFailure = "the password has expired"
	NoPrivilege     LoginFailure = "the account lacks the privileges"
	// ClockMismatch: the clocks of the device and of its server differ.
	ClockMismatch LoginFailure = "the device's clock is wrong"
	// NoServer: the device's authentication server does not answer it.
	NoServer LoginFailure = "the authentication server does not answer the device"
)

// passes reports whether the failure passes by itself, without a word on the
// credential.
func (f LoginFailure) passes() bool { return f == TooManyUsers || f == NotReady || f == DeviceBusy }

// advice is what to do next.
func (f LoginFailure) advice() string {
	switch f {
	case TooManyUsers:
		return "the password was not refused: log out in other browsers, or run again in a quarter of an hour, when their sessions have ended"
	case NotReady:
		return "the password was not refused: wait until the device has started, then run again"
	case DeviceBusy:
		return "the password was not refused: run again when the device has less to do"
	case PageExpired:
		return "the password was not refused: run again"
	case TLSOff:
		return "switch on TLS for the Remote UI at the device and use its https address"
	case AccountExpired:
		return "use another account, or have this one renewed"
	case PasswordExpired:
		return "change the password in a browser, then run again"
	case NoPrivilege:
		return "use an administrator's account"
	case ClockMismatch:
		return "set the device's date and time (the validity of certificates depends on them, too), then run again"
	case NoServer:
		return "look at the device's authentication server, or use an account of the device itself as login destination"
	}
	return "check user and password in a browser: this one will not be sent again"
}

// phrase is how a page says why it lets nobody in.
type phrase struct {
	failure  LoginFailure
	verified bool // printed in a public source; the others are how a translator might put it
	text     string
}

// phrases are looked for in what a refused login's page says and the page before
// did not, in this order.
var phrases = []phrase{
	{TooManyUsers, true, "maximum number of users"},
	{TooManyUsers, true, "number of connections to access the login page"},
	{TooManyUsers, false, "maximum number of logged-in users"},
	{TooManyUsers, false, "too many users"},
	{TooManyUsers, false, "too many sessions"},
	{TooManyUsers, false, "another user is logged in"},
	{TooManyUsers, false, "ログインできる最大人数"},
	{TooManyUsers, false, "最大ログイン"},
	{TooManyUsers, false, "ログインユーザー数が上限"},
	{TooManyUsers, false, "ログインできるユーザー数の上限"},
	{TooManyUsers, false, "登入的使用者已達上限"},
	{TooManyUsers, false, "登入使用者數已達"},
	{TooManyUsers, false, "登入人數已達"},
	{TooManyUsers, false, "登录用户数已达"},
	{TooManyUsers, false, "登录人数已达"},
	{TooManyUsers, false, "로그인할 수 있는 최대 사용자"},
	{TooManyUsers, false, "최대 로그인"},
	{TooManyUsers, false, "maximale Anzahl von Benutzern"},
	{TooManyUsers, false, "maximale Anzahl angemeldeter"},
	{TooManyUsers, false, "numero massimo di utenti"},
	{TooManyUsers, false, "número máximo de usuarios"},
	{TooManyUsers, false, "nombre maximal d'utilisateurs"},
	{TooManyUsers, false, "nombre maximum d'utilisateurs"},

	{NotReady, true, "Startup of the functions required to log in"},
	{NotReady, false, "functions required to log in are starting"},
	{NotReady, false, "ログインに必要な機能の起動"},
	{NotReady, false, "ログインに必要な機能を起動"},
	{NotReady, false, "登入所需的功能"},
	{NotReady, false, "登入所需功能"},
	{NotReady, false, "登录所需的功能"},
	{NotReady, false, "로그인에 필요한 기능"},
	{NotReady, false, "für die Anmeldung erforderlichen Funktionen"},
	{NotReady, false, "funzioni necessarie per l'accesso"},
	{NotReady, false, "funciones necesarias para iniciar"},
	{NotReady, false, "fonctions nécessaires à la connexion"},

	{DeviceBusy, false, "device is busy"},
	{DeviceBusy, false, "machine is busy"},
	{DeviceBusy, false, "printer is busy"},
	{DeviceBusy, false, "system is busy"},
	{DeviceBusy, false, "is currently busy"},
	{DeviceBusy, false, "ビジー"},
	{DeviceBusy, false, "処理中です"},
	{DeviceBusy, false, "処理中のため"},
	{DeviceBusy, false, "操作中です"},
	{DeviceBusy, false, "操作中のため"},
	{DeviceBusy, false, "忙碌"},
	{DeviceBusy, false, "忙線"},
	{DeviceBusy, false, "處理中"},
	{DeviceBusy, false, "处理中"},
	{DeviceBusy, false, "사용 중이므로"},
	{DeviceBusy, false, "처리 중"},
	{DeviceBusy, false, "beschäftigt"},
	{DeviceBusy, false, "è occupat"},
	{DeviceBusy, false, "está ocupad"},
	{DeviceBusy, false, "est occupé"},

	{PageExpired, true, "page has expired"},
	{PageExpired, false, "ページの有効期限"},
	{PageExpired, false, "頁面已過期"},
	{PageExpired, false, "页面已过期"},
	{PageExpired, false, "페이지가 만료"},
	{PageExpired, false, "Seite ist abgelaufen"},
	{PageExpired, false, "pagina è scaduta"},
	{PageExpired, false, "página ha caducado"},
	{PageExpired, false, "page a expiré"},

	{TLSOff, true, "Turn on the TLS setting"},
	{TLSOff, false, "TLS設定をオン"},
	{TLSOff, false, "TLS設定を「オン」"},
	{TLSOff, false, "開啟TLS設定"},
	{TLSOff, false, "开启TLS设置"},
	{TLSOff, false, "TLS 설정을 켜"},
	{TLSOff, false, "TLS-Einstellung ein"},
	{TLSOff, false, "Attivare l'impostazione TLS"},
	{TLSOff, false, "Active la configuración TLS"},

	{NoPrivilege, true, "privileges to display the specified page"},
	{NoPrivilege, false, "do not have the privileges"},
	{NoPrivilege, false, "表示する権限がありません"},
	{NoPrivilege, false, "沒有顯示指定頁面的權限"},
	{NoPrivilege, false, "没有显示指定页面的权限"},
	{NoPrivilege, false, "표시할 권한이 없"},

	{PasswordExpired, false, "password has expired"},
	{PasswordExpired, false, "パスワードの有効期限が切れ"},
	{PasswordExpired, false, "密碼已過期"},
	{PasswordExpired, false, "密码已过期"},
	{PasswordExpired, false, "비밀번호가 만료"},
	{AccountExpired, false, "account has expired"},
	{AccountExpired, false, "アカウントの有効期限が切れ"},
	{AccountExpired, false, "帳戶已過期"},
	{AccountExpired, false, "帐户已过期"},
	{AccountExpired, false, "계정이 만료"},

	{ClockMismatch, false, "clock does not match"},
	{ClockMismatch, false, "time set on the machine"},
	{ClockMismatch, false, "clock mismatch"},
	{ClockMismatch, false, "時刻が一致しません"},
	{ClockMismatch, false, "時刻がずれて"},
	{ClockMismatch, false, "時間不一致"},
	{ClockMismatch, false, "时间不一致"},
	{NoServer, false, "could not find the authentication server"},
	{NoServer, false, "cannot connect to the authentication server"},
	{NoServer, false, "認証サーバーに接続できません"},
	{NoServer, false, "認証サーバーが見つかりません"},
	{NoServer, false, "無法連接驗證伺服器"},
	{NoServer, false, "无法连接认证服务器"},
}

// wrongWords say that something that was typed is not right, and secretWords speak
// of it. A text that has them beside another reason may mean either: then the
// password is not sent again.
var (
	wrongWords  = lazyregexp.New(`(?i)incorrect|not correct|invalid|wrong|not match|mismatch|正しく|誤|間違|一致し|不正|錯誤|错误|不符|올바르|잘못|틀|falsch|ungültig|inkorrekt|errat|non corrett|non valid|no válid|erróne`)
	secretWords = lazyregexp.New(`(?i)password|passcode|credential|\bpin\b|パスワード|暗証|密碼|密码|비밀번호|암호|passwort|kennwort|contraseña|mot de passe`)
)

// failureOf tells why a device lets nobody in from what it says.
func failureOf(said string) (f LoginFailure, known bool) {
	n := page.Normalize(said)
	for _, p := range phrases {
		if !strings.Contains(n, page.Normalize(p.text)) {
			continue
		}
		again := p.failure.passes() || p.failure == PageExpired
		if again && wrongWords.MatchString(said) || p.failure.passes() && secretWords.MatchString(said) {
			continue
		}
		return p.failure, true
	}
	return WrongCredential, false
}
