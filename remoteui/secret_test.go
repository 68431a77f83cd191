package remoteui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "pa55word"
	holder := struct {
		Password remoteui.Secret
		Pointer  *remoteui.Secret
	}{remoteui.NewSecret(text), new(remoteui.NewSecret(text))}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", holder.Password, "h", holder)
	data, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		fmt.Sprint(holder), fmt.Sprintf("%v %+v %#v %s %q %x", holder, holder, holder, holder.Password, holder.Password, holder.Password),
		string(data), log.String(), fmt.Sprint(remoteui.Credentials{Password: holder.Password}),
	} {
		if strings.Contains(out, text) || strings.Contains(out, fmt.Sprintf("%x", text)) {
			t.Errorf("secret in %q", out)
		}
	}
	if holder.Password.Reveal() != text {
		t.Error("Reveal lost the text")
	}
}
