package remoteui

import (
	"slices"
	"strings"

	"github.com/rekey-go/rekey/internal/lazyregexp"
)

// The runner reads what the device did, and does not rely on what it says. Words only
// say whether waiting is worth while: for work under way, or for a busy device. They
// are stems of what translators write, in no public document; a word that is
// missing here costs time, and one too many a second run.

type tone int

const (
	saysNothing tone = iota
	// saysSomething that is none of the below.
	saysSomething
	// saysWait: it is being done.
	saysWait
	// saysBusy: not now.
	saysBusy
	// saysNo: not at all.
	saysNo
)

var waitStems = []string{
	"please wait", "wait a moment", "wait until", "generating", "in progress", "processing", "being ", "may take", "takes a while", "now registering", "requesting", "applying", "restarting",
	"お待ち", "生成中", "処理中", "登録中", "作成中", "実行中", "しばらく", "再起動し",
	"請稍候", "請稍待", "請等待", "稍候", "产生中", "產生中", "正在", "處理中", "处理中", "请稍候",
	"기다려", "생성 중", "생성중", "처리 중", "처리중",
	"bitte warten", "wird generiert", "wird erzeugt", "wird verarbeitet", "wird ausgeführt", "in bearbeitung",
	"attendere", "in corso", "generazione in", "espere", "generando", "en curso", "procesando", "patientez", "en cours", "génération en",
}

var busyStems = []string{
	"busy", "try again", "again later", "wait and try", "another operation", "other operation", "currently being used", "currently in use by", "being operated", "a job is", "jobs are being", "temporarily",
	"ビジー", "使用中のため", "操作中", "再度", "もう一度", "しばらくしてから", "しばらく待ってから",
	"忙碌", "忙線", "稍後再試", "稍候再試", "請重試", "稍后再试", "请重试", "使用中，",
	"다시 시도", "사용 중이므로", "잠시 후",
	"beschäftigt", "erneut versuchen", "später erneut", "versuchen sie es", "occupat", "riprova", "più tardi", "ocupad", "inténtelo", "vuelva a intentar", "más tarde", "occupé", "réessay", "plus tard",
}

var noStems = []string{
	"cannot", "can not", "can't", "could not", "couldn't", "failed", "failure", "error", "invalid", "incorrect", "is not correct", "not valid", "reached the", "maximum number", "the limit", "limit reached", "already exist", "already registered", "already in use", "already used", "not allowed", "not permitted", "not supported", "not possible", "denied", "exceed", "is full", "unable", "refused", "rejected", "not enough", "insufficient", "must be", "not available",
	"できません", "できない", "失敗", "エラー", "不正", "無効な", "正しくありません", "上限に", "上限を", "最大数に", "最大数を", "すでに", "既に", "一杯", "いっぱい", "足りません", "超え", "拒否", "却下",
	"無法", "不能", "失敗", "錯誤", "无法", "失败", "错误", "無效", "无效", "不正確", "不正确", "達上限", "达上限", "到上限", "到達上限", "已達", "已达", "已存在", "已經存在", "已滿", "已满", "不足", "超過", "超过", "拒絕", "拒绝", "駁回", "驳回",
	"수 없습니다", "실패", "오류", "에러", "잘못", "유효하지", "상한에", "최대 수", "이미", "가득", "초과", "거부",
	"nicht möglich", "kann nicht", "können nicht", "konnte nicht", "fehler", "fehlgeschlagen", "ungültig", "falsch", "maximale anzahl", "höchstzahl", "bereits vorhanden", "bereits registriert", "ist voll", "abgelehnt", "zurückgewiesen", "verweigert", "überschr",
	"impossibile", "non è possibile", "errore", "non riuscit", "rifiutat", "respint", "non valid", "numero massimo", "limite", "già esist", "già registrat", "è pieno", "no se puede", "no se ha podido", "no es posible", "error", "inválid", "no válid", "número máximo", "límite", "ya existe", "ya está", "está llen", "rechazad", "denegad", "impossible", "ne peut pas", "erreur", "échec", "échoué", "invalide", "nombre maximum", "nombre maximal", "existe déjà", "déjà", "est plein", "refusé", "rejeté",
}

var fullStems = []string{
	"the limit", "limit reached", "maximum number", "maximum of", "is full", "no more", "cannot be registered any more", "not enough space", "no space", "no free",
	"上限に", "上限を", "最大数", "最大登録", "一杯", "いっぱい", "空きが", "これ以上",
	"已達", "已达", "已滿", "已满", "達上限", "达上限", "到上限", "最大數", "最大数", "空間不足", "空间不足", "無法再",
	"상한에", "최대 수", "가득", "더 이상",
	"maximale anzahl", "höchstzahl", "ist voll", "kein platz", "keine weiteren", "numero massimo", "limite", "è pieno", "número máximo", "límite", "está llen", "nombre maximum", "nombre maximal", "est plein",
}

// NoRoom reports whether the device's words say that it can hold no more of what
// it was asked for.
func (e *RefusedError) NoRoom() bool {
	has := func(stems []string) bool { return saysOf(e.Text, stems) }
	switch {
	case has(characterStems):
		return false // a text is too long
	case has(fullStems):
		return true
	}
	return has(excessStems) && has(numberStems) && has(keyStems)
}

// aside is what stands in parentheses, between the words of a stem: "上限(8件)に".
var aside = lazyregexp.New(`\([^()]{0,20}\)|（[^（）]{0,20}）`)

func saysOf(words string, stems []string) bool {
	low := strings.ToLower(words)
	if strings.ContainsAny(low, "(（") {
		low += "\n" + aside.ReplaceAllString(low, "")
	}
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.Contains(low, stem) })
}

// ByPolicy reports whether the device's words say that its security policy does not
// allow what it was asked for.
func (e *RefusedError) ByPolicy() bool { return saysOf(e.Text, policyStems) }

// policyStems name a device's security policy, which IPSec's policies are not.
var policyStems = []string{
	"security polic", "セキュリティーポリシー", "セキュリティポリシー", "安全策略", "安全性策略", "安全原則", "安全性原則", "安全政策", "安全性政策", "보안 정책",
	"sicherheitsrichtlinie", "politique de sécurité", "stratégie de sécurité", "criteri di sicurezza", "politica di sicurezza", "criterio di sicurezza", "política de seguridad", "directiva de seguridad",
}

// Busy reports whether the device's words say that it has no time now.
func (e *RefusedError) Busy() bool { return toneOf(e.Text) == saysBusy }

// A device that has no room says that the number of its keys exceeds what it allows: a
// text with a stem of each of the first three lists means that.
var (
	excessStems = []string{"exceed", "超え", "超過", "超过", "초과", "überschr", "superat", "superad", "excedid", "dépass"}
	numberStems = []string{"number", "数", "數", "개수", "anzahl", "numero", "número", "nombre"}
	keyStems    = []string{"key", "certificate", "鍵", "証明書", "登録", "金鑰", "憑證", "密钥", "证书", "註冊", "키", "인증서", "schlüssel", "zertifikat", "chiav", "certificat", "clave"}
	// characterStems are of what is too long.
	characterStems = []string{"character", "文字", "字元", "字符", "글자", "zeichen", "caratter", "caracter", "caractère"}
)

// toneOf judges what a device says anew.
func toneOf(words string) tone {
	has := func(stems []string) bool { return saysOf(words, stems) }
	switch {
	case strings.TrimSpace(words) == "":
		return saysNothing
	case has(busyStems):
		return saysBusy
	case has(noStems) && has(waitStems):
		return saysSomething // "cannot be used while it restarts"
	case has(noStems) || has(policyStems):
		return saysNo
	case has(waitStems):
		return saysWait
	}
	return saysSomething
}

// Denies reports whether words of the device, as far as they are known, say no,
// and nothing of waiting.
func Denies(words string) bool { return toneOf(words) == saysNo }

// Delays reports whether words of the device, as far as they are known, say that
// something is being done, or is not done yet.
func Delays(words string) bool { tone := toneOf(words); return tone == saysWait || tone == saysBusy }

// alienStems are what no act of this library is about: whoever is asked about it
// on the way has come to the wrong place.
var alienStems = []string{
	"initializ", "initialis", "factory default", "factory setting", "default settings", "reset all", "all settings", "all keys", "all data", "all certificates", "every key", "format the", "erase", "update the firmware", "firmware update", "hard disk",
	"初期化", "工場出荷", "すべての設定", "全ての設定", "すべての鍵", "全ての鍵", "すべてのデータ", "消去", "ファームウェア",
	"初始化", "出廠", "出厂", "所有設定", "所有设置", "全部設定", "所有鍵值", "所有金鑰", "所有密钥", "所有資料", "所有数据", "抹除", "清除所有", "韌體", "固件",
	"초기화", "공장 출하", "모든 설정", "모든 키", "모든 데이터", "펌웨어",
	"initialisier", "werkseinstellung", "alle einstellungen", "alle schlüssel", "alle daten", "inizializz", "impostazioni predefinite", "tutte le impostazioni", "tutte le chiavi", "tutti i dati", "inicializ", "valores predeterminados", "todos los ajustes", "todas las claves", "todos los datos", "réinitialis", "tous les paramètres", "toutes les clés", "toutes les données",
}

// alien returns the line of a question that is about something that no act is for.
func alien(question string) string {
	for line := range strings.Lines(question) {
		low := strings.ToLower(line)
		if slices.ContainsFunc(alienStems, func(stem string) bool { return strings.Contains(low, stem) }) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
