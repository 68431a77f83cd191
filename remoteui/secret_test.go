package remoteui_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/remoteui"
)

// Nothing that holds a secret shows it by any verb and flag, wherever it lies, nor
// by any way of marshalling or logging.
func TestSecretByEveryVerb(t *testing.T) {
	t.Parallel()
	const text = "S3cretWord"
	secret := remoteui.NewSecret(text)
	var scrubber remoteui.Scrubber
	scrubber.Add(text)
	type hidden struct {
		secret   remoteui.Secret
		pointer  *remoteui.Secret
		all      []remoteui.Secret
		byName   map[string]remoteui.Secret
		any      any
		cfg      remoteui.Config
		scrubber *remoteui.Scrubber
		own      struct{ deep remoteui.Credentials }
	}
	h := hidden{secret: secret, pointer: &secret, all: []remoteui.Secret{secret}, byName: map[string]remoteui.Secret{"a": secret}, any: secret, cfg: remoteui.Config{Credentials: remoteui.Credentials{Password: secret}}, scrubber: &scrubber}
	h.own.deep.Password = secret
	shows := func(out string) bool {
		out = strings.ToLower(out)
		return strings.Contains(out, "s3cretw") || strings.Contains(out, "53336372") || strings.Contains(out, "s3cr") || strings.Contains(out, "83 51 99") || strings.Contains(out, "0x53, 0x33")
	}
	for _, v := range []any{secret, &secret, h, &h, []any{h}, map[remoteui.SPKIHash]hidden{{}: h}, h.cfg, &h.cfg, remoteui.Credentials{Password: secret}, &scrubber, struct{ hidden }{h}} {
		for verb := rune('A'); verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", " ", "0", "-40", "40.20", "+#"} {
				if out := fmt.Sprintf("%"+flags+string(verb), v); shows(out) {
					t.Errorf("%%%s%c of %T: %s", flags, verb, v, out)
				}
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		asJSON, _ := json.Marshal(v)
		asXML, _ := xml.Marshal(v)
		var asGob bytes.Buffer
		_ = gob.NewEncoder(&asGob).Encode(v)
		for _, out := range []string{log.String(), string(asJSON), string(asXML), asGob.String()} {
			if shows(out) {
				t.Errorf("%T: %s", v, out)
			}
		}
	}
	if reached := texts(reflect.ValueOf(h), 0); slices.ContainsFunc(reached, shows) {
		t.Errorf("reflection reaches %q", reached)
	}
	if out := fmt.Sprintf("%5d", secret); out != "[redacted]" || secret.Reveal() != text || secret.Empty() || !(remoteui.Secret{}).Empty() || !remoteui.NewSecret("").Empty() || (remoteui.Secret{}).Reveal() != "" {
		t.Errorf("%q", out)
	}
}

// texts are all that printers find that go by reflection, through pointers and
// unexported fields.
func texts(v reflect.Value, depth int) (all []string) {
	if depth > 12 {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Pointer, reflect.Interface:
		return texts(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, texts(v.Field(i), depth+1)...)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			return []string{string(v.Bytes())}
		}
		for i := range v.Len() {
			all = append(all, texts(v.Index(i), depth+1)...)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			all = append(append(all, texts(it.Key(), depth+1)...), texts(it.Value(), depth+1)...)
		}
	}
	return all
}

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
