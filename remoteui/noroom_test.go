package remoteui_test

import (
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// That a security policy is at fault is told from other refusals by the words.
func TestByPolicy(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"This setting is locked by the Security Policy.": true,
		"この設定はセキュリティーポリシーによりロックされています。":                  true,
		"此設定已被安全策略鎖定。":                                   true,
		"Durch die Sicherheitsrichtlinie gesperrt.":      true,
		"The IPSec policy cannot be changed.":            false,
		"IPSecポリシーを変更できません。":                             false,
		"無法變更 IPSec 策略。":                                 false,
		"":                                               false,
	} {
		if got := (&remoteui.RefusedError{Text: text}).ByPolicy(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// That there is no room for another key is told from other refusals by the words.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"The maximum number of keys and certificates is registered.": true,
		"The number of registered keys exceeds the limit.":           true,
		"登録できる鍵と証明書の数を超えています。":                                       true,
		"鍵の登録数が上限に達しています。":                                           true,
		"鍵の登録数が上限(8件)に達しています。不要な鍵を削除してください。":                         true,
		"已達可註冊的鍵值和憑證數目上限。":                                           true,
		"可註冊的鍵值數目已超過。":                                               true,
		"Die maximale Anzahl von Schlüsseln ist registriert.":        true,
		"The key name exceeds the number of characters.":             false,
		"The key name exceeds the character limit.":                  false,
		"鍵の名前の文字数を超えています。":                                           false,
		"鍵的名稱超過字元數上限。":                                               false,
		"A key with this name is already registered.":                false,
		"Cannot generate the key.":                                   false,
		"":                                                           false,
	} {
		if got := (&remoteui.RefusedError{Text: text}).NoRoom(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
