package report

import (
	"fmt"
	"strings"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/fleet/compare"
)

// lang is a language of the page.
type lang string

// text is a sentence in the languages, in the order zh-TW, en, ja.
type text [3]string

// say is a sentence of the page; [TestWords] looks that each has all languages.
func (l lang) say(key string, args ...any) string {
	t := words[key]
	s := t[1]
	switch l {
	case "zh-TW":
		s = t[0]
	case "ja":
		s = t[2]
	}
	if len(args) == 0 {
		return s
	}
	// No line begins with the number that a colon announces.
	return fmt.Sprintf(strings.NewReplacer("：%", "：\u2060%", ": %d", ":\u00a0%d").Replace(s), args...)
}

// gap is what stands between two sentences, and colon what follows a name: Chinese and
// Japanese have no blanks there.
func (l lang) gap() string {
	if l == "en" {
		return " "
	}
	return ""
}

func (l lang) colon() string {
	if l == "en" {
		return ": "
	}
	return "："
}

// place is where a key is.
func (l lang) place(p compare.Place) string {
	if p.Key == "" {
		return l.say("at port", clean(p.Device), clean(p.Port))
	}
	s := l.say("at key", clean(p.Device), clean(p.Key))
	if p.Factory {
		s += l.say("at factory")
	}
	return s
}

func (l lang) outcome(o rekey.FleetOutcome) string { return l.say("outcome " + string(o)) }

var words = map[string]text{
	"title":     {"弱金鑰更換報告", "Weak keys replaced: report", "脆弱な鍵の交換 報告書"},
	"change":    {"變更單號", "Change", "変更番号"},
	"generated": {"報告時間", "As of", "作成日時"},
	"work":      {"作業時間", "Work", "作業時間"},
	"language":  {"其他語言", "Other languages", "ほかの言語"},
	"contents":  {"目錄", "Contents", "目次"},
	"utc":       {"時間均為 UTC。", "Times are UTC.", "時刻は UTC です。"},

	"good":      {"全部完成：弱金鑰皆已更換，新金鑰皆已驗證（裝置數：%d）", "Finished: every weak key is replaced, and the new ones are proved (devices: %d)", "完了：脆弱な鍵をすべて交換し、新しい鍵を検証しました（機器数：%d）"},
	"open":      {"尚未完成的裝置：%[2]d 台中的 %[1]d 台", "Not finished: %[1]d of %[2]d devices open", "未完了：%[2]d 台中 %[1]d 台"},
	"none":      {"報告中沒有裝置", "There is no device in this report", "この報告書には機器がありません"},
	"still":     {"仍在使用中的已證實弱金鑰：%d。", "Keys proved weak that are still in use: %d.", "まだ使用されている、脆弱と証明された鍵：%d。"},
	"unknown":   {"沒有看到、金鑰狀態未知的裝置：%d。", "Devices that were not seen, of whose keys nothing is known: %d.", "確認できず、鍵の状態が不明な機器：%d。"},
	"left":      {"須由人員完成的工作：%d。完成之前，舊憑證仍會被信任。", "Tasks left to people: %d. Until they are done, old certificates stay trusted.", "担当者に残る作業：%d。終わるまで古い証明書は信頼されたままです。"},
	"nothing":   {"沒有工作須由人員完成。", "Nothing is left to people.", "担当者の作業はありません。"},
	"devices":   {"裝置", "Devices", "機器"},
	"replaced":  {"已更換並驗證的金鑰用途", "Key usages replaced and proved", "交換・検証済みの鍵の用途"},
	"openkeys":  {"未完成的金鑰用途", "Key usages still open", "未完了の鍵の用途"},
	"tasksleft": {"待辦工作", "Tasks for people", "担当者の作業"},
	"restarts":  {"重新啟動次數", "Restarts", "再起動回数"},
	"proofs":    {"弱金鑰證明", "Proofs of weakness", "脆弱性の証明"},

	"chart outcomes": {"裝置結果", "What became of the devices", "機器の結果"},
	"chart usages":   {"各用途的金鑰", "Keys by usage", "用途別の鍵"},
	"chart time":     {"完成的裝置（依時間）", "Devices done, over time", "完了台数の推移"},
	"chart done":     {"已更換 %d，未完成 %d", "%d replaced, %d open", "交換済み %d、未完了 %d"},
	"count":          {"數量", "Number", "数"},
	"share":          {"比例", "Share", "割合"},

	"outcome done":        {"完成", "done", "完了"},
	"outcome withheld":    {"保留", "withheld", "保留"},
	"outcome held":        {"未開始（擱置）", "held", "未着手（保留）"},
	"outcome unsupported": {"不支援", "unsupported", "非対応"},
	"outcome unreachable": {"無法連線", "unreachable", "接続不可"},
	"outcome failed":      {"失敗", "failed", "失敗"},
	"outcome interrupted": {"中斷", "interrupted", "中断"},
	"outcome not started": {"未開始", "not started", "未着手"},

	"why held":        {"從未連線：其他裝置失敗、關卡否決、密碼在別處被拒，或維護時段已關閉。", "It was never contacted: others failed, a gate said no, its password was refused elsewhere, or its window is closed.", "接続していません。ほかの機器の失敗、ゲートの否認、別の機器でのパスワード拒否、または保守時間外のためです。"},
	"why not started": {"從未連線：作業先結束了。", "It was never contacted: the work ended before its turn.", "接続していません。順番が来る前に作業が終わりました。"},

	"author":              {"計畫擬定", "Planned by", "計画者"},
	"approver":            {"核准", "Approved by", "承認者"},
	"check plan":          {"核准計畫的 SHA-256：", "SHA-256 of the plan that was approved:", "承認された計画の SHA-256："},
	"sec shared":          {"多台裝置共有的金鑰", "Keys that devices have in common", "複数の機器に共通する鍵"},
	"table shared":        {"相同的金鑰，或有共同質因數的模數", "The same key on several devices, and moduli with a prime in common", "同一の鍵、または素因数を共有する法"},
	"finding":             {"發現", "Finding", "検出内容"},
	"places":              {"位置", "Where", "場所"},
	"at key":              {"%s，金鑰「%s」", "%s, key \"%s\"", "%s、鍵「%s」"},
	"at factory":          {"（出廠）", " (factory)", "（工場出荷時）"},
	"at port":             {"%s，連接埠 %s", "%s at %s", "%s、ポート %s"},
	"factory":             {"出廠金鑰：同型裝置可能也有", "factory key: others of the kind may have it", "工場出荷時の鍵：同種の機器にもある可能性"},
	"shared same-key":     {"相同的金鑰：持有其一者可冒充其他裝置", "the same key: whoever has one device can pose as the others", "同一の鍵：1 台を持つ者がほかの機器になりすませます"},
	"shared shared-prime": {"有共同質因數：任何人都能算出私密金鑰", "a prime in common: anybody can work out the private keys", "素因数を共有：誰でも秘密鍵を算出できます"},

	"sec devices": {"裝置與金鑰", "Devices and keys", "機器と鍵"},
	"sec tasks":   {"待辦工作（依負責單位）", "Tasks, by who does them", "作業（担当別）"},
	"sec notdone": {"未完成的項目與原因", "What was not done, and why", "完了していないものとその理由"},
	"sec check":   {"如何查核本報告", "How to check this report", "この報告書の確認方法"},

	"table devices": {"每台裝置的結果，以及舊金鑰與新金鑰的 SHA-256 指紋（公開金鑰，SPKI）。", "What became of each device, with the SHA-256 fingerprints of its old and new public keys (SPKI).", "機器ごとの結果と、新旧の公開鍵（SPKI）の SHA-256 フィンガープリント。"},
	"table notdone": {"未完成的裝置與用途", "Devices and usages that are not done", "完了していない機器と用途"},
	"device":        {"裝置", "Device", "機器"},
	"result":        {"結果", "Result", "結果"},
	"keys":          {"金鑰", "Keys", "鍵"},
	"usage":         {"用途", "Usage", "用途"},
	"reason":        {"原因", "Why", "理由"},
	"next":          {"接下來", "What next", "次にすること"},
	"site":          {"地點", "Site", "拠点"},
	"controller":    {"控制器 %s", "controller %s", "コントローラー %s"},
	"model?":        {"型號未知", "model not read", "機種は未確認"},
	"old":           {"舊", "old", "旧"},
	"new":           {"新", "new", "新"},
	"weak":          {"已證實為弱金鑰", "proved weak", "脆弱と証明"},
	"weak?":         {"無法檢驗", "could not be tested", "検査できず"},
	"weak no":       {"未發現弱點", "not found weak", "脆弱性は見つからず"},
	"withproof":     {"附證明", "proof attached", "証明あり"},
	"nofinger":      {"無指紋", "no fingerprint", "フィンガープリントなし"},
	"nokeys":        {"沒有須更換的金鑰", "no key had to be replaced", "交換が必要な鍵はありません"},
	"nokeys?":       {"未查看", "not looked at", "未確認"},
	"open usage":    {"未完成", "open", "未完了"},
	"back":          {"已還原為舊金鑰", "backed out: the old key is in use again", "古い鍵に戻しました"},
	"served":        {"已驗證：裝置在 TLS 交握中使用新金鑰", "proved: seen in a TLS handshake", "検証済み：TLS ハンドシェイクで確認"},
	"peer":          {"已驗證：由通訊對方確認", "proved: a peer saw it at work", "検証済み：通信相手が確認"},
	"bound":         {"已驗證：裝置清單顯示使用新金鑰", "proved: the device lists it as in use", "検証済み：機器の一覧で使用中と確認"},
	"nodone":        {"全部完成。", "Everything is done.", "すべて完了しています。"},

	"team ca":      {"憑證機構（CA）團隊", "CA team", "認証局（CA）担当"},
	"team network": {"網路團隊", "Network team", "ネットワーク担当"},
	"team desktop": {"桌面支援團隊", "Desktop team", "クライアント PC 担当"},
	"team phone":   {"手機使用者", "Phone users", "スマートフォン利用者"},
	"team printer": {"印表機管理員", "Printer administrators", "複合機管理者"},

	"intro ca":      {"舊憑證的私密金鑰可由憑證算出，須予撤銷。", "The private keys of the old certificates can be computed from the certificates: have these revoked.", "古い証明書の秘密鍵は証明書から算出できます。失効させてください。"},
	"intro network": {"IEEE 802.1X、IPSec 與 SIP 的對方須信任新憑證，並停止信任舊憑證。", "The peers of IEEE 802.1X, IPSec and SIP have to trust the new certificates, and to stop trusting the old ones.", "IEEE 802.1X、IPSec、SIP の通信相手で、新しい証明書を信頼し、古い証明書の信頼をやめてください。"},
	"intro desktop": {"連線到印表機的電腦須信任新憑證，並移除舊憑證。", "Computers that connect to the printers have to trust the new certificates, and to forget the old ones.", "プリンターに接続するコンピューターで、新しい証明書を信頼し、古い証明書を削除してください。"},
	"intro phone":   {"以藍牙尋找印表機的手機須重新註冊。", "Phones that find the printers by Bluetooth have to be registered again.", "Bluetooth でプリンターを探すスマートフォンは、登録し直す必要があります。"},
	"intro printer": {"在裝置上或對裝置進行的工作。", "Work at the devices themselves.", "機器そのものに対する作業です。"},
	"files":         {"檔案", "Files", "ファイル"},
	"file old":      {"舊憑證（PEM）", "old certificates (PEM)", "古い証明書（PEM）"},
	"file new":      {"新憑證（PEM）", "new certificates (PEM)", "新しい証明書（PEM）"},
	"file pins":     {"新舊釘選值清單（CSV）", "list of old and new pins (CSV)", "新旧ピンの一覧（CSV）"},
	"file tasks":    {"每台裝置的工作全文", "every task in full", "すべての作業の全文"},
	"file cups":     {"CUPS 清理指令碼", "clean-up script for CUPS", "CUPS のクリーンアップ用スクリプト"},
	"table task":    {"%s：須處理的裝置", "%s: the devices concerned", "%s：対象の機器"},
	"oldcert":       {"舊憑證", "Old certificate", "古い証明書"},
	"newcert":       {"新憑證", "New certificate", "新しい証明書"},
	"issuer":        {"簽發者", "issuer", "発行者"},
	"serial":        {"序號", "serial", "シリアル番号"},

	"cups title":    {"Linux 與 macOS（CUPS）：舊憑證會讓列印無聲停止", "Linux and macOS (CUPS): the old certificate stops printing without a word", "Linux・macOS（CUPS）：古い証明書のせいで、黙って印刷が止まります"},
	"cups text":     {"CUPS 會保留第一次看到的憑證；印表機換了憑證之後，工作會停在「等待中」，原因只出現在除錯記錄。請在每台用戶端與列印伺服器上刪除保留的憑證，再啟用佇列：", "CUPS keeps the first certificate that it sees. Once the printer has another, jobs stay pending, and only the debug log says why. On each client and print server delete the kept certificate, then enable the queue:", "CUPS は最初に見た証明書を保存します。プリンターの証明書が変わると、ジョブは「保留」のまま止まり、理由はデバッグログにしか出ません。各クライアントとプリントサーバーで保存された証明書を削除し、キューを有効にしてください。"},
	"cups after":    {"名稱是佇列 URI 中的主機名稱。使用者自己的憑證在 ~/.cups/ssl。", "The name is the host in the queue's URI. A user's own certificates are in ~/.cups/ssl.", "名前はキューの URI のホスト名です。利用者ごとの証明書は ~/.cups/ssl にあります。"},
	"windows title": {"Windows（IPP 連接埠）", "Windows (IPP ports)", "Windows（IPP ポート）"},
	"windows text":  {"憑證的名稱若有改變，須重新建立 IPP 連接埠。", "Where the certificate's name has changed, IPP ports have to be made anew.", "証明書の名前が変わった場合は、IPP ポートを作り直す必要があります。"},

	"check files":     {"所有檔案的 SHA-256 列於 MANIFEST.txt。", "The SHA-256 of every file is in MANIFEST.txt.", "全ファイルの SHA-256 は MANIFEST.txt にあります。"},
	"check signed":    {"MANIFEST.txt 與稽核記錄以下列金鑰簽章。請從另一管道確認此金鑰。", "MANIFEST.txt and the audit log are signed with this key. Confirm the key over another channel.", "MANIFEST.txt と監査ログは次の鍵で署名されています。別の経路で鍵を確認してください。"},
	"check unsigned":  {"沒有簽章：能改檔案的人也能改 MANIFEST.txt。", "Nothing is signed: whoever can change the files can change MANIFEST.txt, too.", "署名はありません。ファイルを変更できる人は MANIFEST.txt も変更できます。"},
	"check head":      {"稽核記錄在產生本報告時的簽章標頭。請存於變更單：之後可用它檢查記錄是否被截短或改寫。", "The signed head of the audit log when this report was made. Keep it in the change ticket: with it a log that was cut or rewritten later is found.", "この報告書を作成した時点の監査ログの署名付きヘッドです。変更チケットに保存してください。後で切り詰めや書き換えを検出できます。"},
	"check proof":     {"弱金鑰證明：以由公開金鑰算出的私密金鑰對一段聲明簽章，不會洩漏私密金鑰。檔案在 evidence.zip；以 OpenSSL 驗證：", "A proof of weakness is a statement, signed with the private key that was computed from the public one; it gives away nothing of the private key. The files are in evidence.zip; with OpenSSL:", "脆弱性の証明は、公開鍵から算出した秘密鍵で声明に署名したものです。秘密鍵の情報は含みません。ファイルは evidence.zip にあります。OpenSSL での検証："},
	"check nonce":     {"證明中的亂數（nonce）", "Nonce in the proofs", "証明のノンス"},
	"check noproof":   {"本報告沒有弱金鑰證明。", "This report has no proofs of weakness.", "この報告書に脆弱性の証明はありません。"},
	"check finger":    {"指紋是公開金鑰（SubjectPublicKeyInfo）的 SHA-256。", "Fingerprints are the SHA-256 of the public key (SubjectPublicKeyInfo).", "フィンガープリントは公開鍵（SubjectPublicKeyInfo）の SHA-256 です。"},
	"check imports":   {"弱點管理系統可匯入：", "Vulnerability management can import:", "脆弱性管理システムに取り込めるファイル："},
	"check limitless": {"本報告不含任何密碼、私密金鑰或因數。", "This report holds no password, no private key and no factor of one.", "この報告書にパスワード、秘密鍵、その素因数は含まれていません。"},
}
