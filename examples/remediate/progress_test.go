package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/wording"
)

func noEnv(string) (string, bool) { return "", false }

func TestPlainProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newProgress(&b, noEnv, "en", true) // a buffer is no terminal
	for _, e := range []rekey.Event{
		{Kind: rekey.EventPhase, Text: "applying"},
		{Kind: rekey.EventStep, Step: "R-5", Text: "restart"},
		{Kind: rekey.EventProgress, Step: "R-5", Text: "waiting"},
		{Kind: rekey.EventProgress, Step: "R-5", Text: "waiting"},
		{Kind: rekey.EventStepDone, Step: "R-5", Text: "restarted\nonce"},
		{Kind: rekey.EventNotice, Text: "clock is off"},
	} {
		p.event(e)
	}
	p.note("bye")
	p.close()
	want := "applying\n  R-5  restart …\n  R-5  waiting\n  R-5  restarted once\n  note: clock is off\nbye\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// What goes on is said in the reader's language, names as they are, options as flags.
func TestProgressInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	for lang, want := range map[wording.Lang]string{
		"ja":    "計画：鍵 1 個を交換、再起動 1 回\n  鍵「a b」を生成、ほか 1 件：前回の実行で完了しています [G-1 0 秒]\n  注意：デバイスの SCEP サーバーを x に設定しました\n",
		"zh-TW": "計畫：更換 1 個金鑰，重新啟動 1 次\n  產生金鑰「a b」，另有 1 項：先前的執行已完成 [G-1 0 秒]\n  注意：裝置的 SCEP 伺服器已設為 x\n",
	} {
		var b bytes.Buffer
		p := newProgress(&b, noEnv, lang, false)
		p.event(rekey.Event{Kind: rekey.EventPhase, Text: "planned: 1 key to replace, 1 restart"})
		p.event(rekey.Event{Kind: rekey.EventStep, Step: "G-1", Text: `make key "a b"`})
		p.event(rekey.Event{Kind: rekey.EventStep, Step: "G-1", Text: "make key c"})
		p.event(rekey.Event{Kind: rekey.EventStepDone, Step: "G-1", Text: "skipped: done by an earlier run"})
		p.pause()
		p.event(rekey.Event{Kind: rekey.EventNotice, Text: "the device's SCEP server is set to x"})
		p.close()
		if b.String() != want {
			t.Errorf("%s: got\n%swant\n%s", lang, b.String(), want)
		}
	}
}

// In a log steps of a kind that follow on one another are one line, and there is
// never silence for longer than half a minute; a restart says how long the last one
// took.
func TestBriefProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		p := newProgress(&b, noEnv, "en", false)
		p.expect(250 * time.Second)
		p.event(rekey.Event{Kind: rekey.EventPhase, Text: "applying"})
		for _, key := range []string{"a", "b", "c"} {
			p.event(rekey.Event{Kind: rekey.EventStep, Step: "G-1", Text: "make key " + key})
			p.event(rekey.Event{Kind: rekey.EventProgress, Step: "G-1", Text: "this takes a while"})
			p.event(rekey.Event{Kind: rekey.EventStepDone, Step: "G-1", Text: "done: at once"})
		}
		p.event(rekey.Event{Kind: rekey.EventStep, Step: "R-5", Text: "restart"})
		p.event(rekey.Event{Kind: rekey.EventProgress, Text: "device is down"})
		said := b.String()
		if want := "applying\n  make key a, and 2 more [G-1 0s]\n"; said != want {
			t.Errorf("got\n%swant\n%s", said, want)
		}
		for range 4 {
			before := b.String()
			time.Sleep(heartbeat)
			synctest.Wait()
			said := strings.TrimPrefix(b.String(), before)
			if !strings.Contains(said, "device is down (") || !strings.Contains(said, " of about 4m 10s)") {
				t.Errorf("half a minute of %q", said)
			}
		}
		p.event(rekey.Event{Kind: rekey.EventStepDone, Step: "R-5", Text: "skipped: no need"})
		p.close()
		if !strings.HasSuffix(b.String(), "  restart: no need [R-5 2m]\n") {
			t.Errorf("ends with\n%s", b.String())
		}
	})
}

// screen plays what a terminal shows: the lines that stay and the one below.
func screen(t *testing.T, written string) (lines []string, status string) {
	t.Helper()
	parts := strings.Split(written, "\n")
	for i, part := range parts {
		if at := strings.LastIndex(part, eraseLine); at >= 0 {
			parts[i] = part[at+len(eraseLine):]
		}
	}
	return parts[:len(parts)-1], parts[len(parts)-1]
}

func TestLiveProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b buffer
		p := newLive(&b, 40, "en", false, false)
		p.event(rekey.Event{Kind: rekey.EventPhase, Text: "applying"})
		p.event(rekey.Event{Kind: rekey.EventStep, Step: "R-5", Text: "restart"})
		time.Sleep(60 * time.Second)
		p.event(rekey.Event{Kind: rekey.EventProgress, Step: "R-5", Text: strings.Repeat("down ", 20)})
		time.Sleep(11*time.Second + frameTime)
		synctest.Wait()

		lines, status := screen(t, b.String())
		if len(lines) != 1 || lines[0] != "applying" {
			t.Errorf("lines %q", lines)
		}
		if !strings.Contains(status, "R-5  down down") || !strings.HasSuffix(status, "  1m 11s") || wording.Cells(status) >= 40 {
			t.Errorf("status %q: want the step's text, cut, and the time since it began", status)
		}

		p.note("interrupted")
		p.event(rekey.Event{Kind: rekey.EventStepDone, Step: "R-5", Text: "restarted"})
		p.pause()
		shown := b.String()
		time.Sleep(10 * frameTime)
		synctest.Wait()
		if b.String() != shown {
			t.Error("it goes on drawing while paused")
		}
		p.event(rekey.Event{Kind: rekey.EventProgress, Text: "logging out"})
		if _, status := screen(t, b.String()); !strings.HasSuffix(status, "logging out  1s") {
			t.Errorf("status %q: want the time since the last step ended", status)
		}
		p.close()
		lines, status = screen(t, b.String())
		if want := []string{"applying", "interrupted", "  restart: restarted [R-5 1m 11s]"}; strings.Join(lines, "|") != strings.Join(want, "|") || status != "" {
			t.Errorf("lines %q, status %q", lines, status)
		}
	})
}

func TestLiveColour(t *testing.T) {
	t.Parallel()
	for _, colour := range []bool{false, true} {
		var b buffer
		p := newLive(&b, 80, "en", colour, false)
		p.event(rekey.Event{Kind: rekey.EventPhase, Text: "applying"})
		p.close()
		if strings.Contains(b.String(), "\x1b[1m") != colour {
			t.Errorf("colour %v: %q", colour, b.String())
		}
	}
}
