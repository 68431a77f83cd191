package manual_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/rekey-go/rekey/examples/internal/manual"
)

const help = `try tries things.

  try -url URL

The device
  -url URL               where it is
  -lang auto|en|ja       the language of
                         its pages
  -state DIR             what is kept
  -yes                   do not ask

Exit codes
  0  done
`

func TestPages(t *testing.T) {
	t.Parallel()
	for kind, wants := range map[string][]string{
		"man":  {".TH TRY 1", "try \\- tries things", ".SH THE DEVICE", ".B \\-url URL\nwhere it is", ".B \\-lang auto|en|ja\nthe language of\nits pages", ".B 0\ndone"},
		"bash": {`-lang) COMPREPLY=($(compgen -W "auto en ja"`, `-state) COMPREPLY=($(compgen -d`, "-url -lang -state -yes"},
		"zsh":  {"#compdef try", "'*-lang[the language of its pages]:value:(auto en ja)'", "'*-state[what is kept]:directory:_files -/'", "'*-yes[do not ask]'"},
		"fish": {"complete -c try -o lang -d 'the language of its pages' -x -a 'auto en ja'", "complete -c try -o yes -d 'do not ask'\n"},
	} {
		text, err := manual.Page(kind, "try", help)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, text)
			}
		}
	}
	if _, err := manual.Page("csh", "try", help); err == nil {
		t.Error("a page for csh")
	}
}

// What a shell is given, it takes.
func TestShellsTakeIt(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if _, err := exec.LookPath(shell); err != nil {
			continue
		}
		text, err := manual.Page(shell, "try", help)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(shell, "-n")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if text := manual.Version("try"); !strings.HasPrefix(text, "try ") || !strings.Contains(text, "go1.") {
		t.Errorf("%q", text)
	}
}
