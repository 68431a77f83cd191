// Package manual makes the manual page, and the completion for shells, of a
// program out of its help text, so that there is one place where flags are
// described. The form of a help text: the first line is "NAME does what."; lines
// that begin with two blanks and a dash are flags, with their value and what they
// do; a line without a blank before it begins a section.
package manual

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version says what a program was built from: its module's version, the revision
// where it was built in a checkout, and the Go version.
func Version(name string) string {
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" {
			version = v
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = " " + s.Value + revision
			case s.Key == "vcs.modified" && s.Value == "true":
				revision += " (modified)"
			}
		}
		if info.Main.Path != "" {
			name += " of " + info.Main.Path
		}
	}
	return fmt.Sprintf("%s %s%s, %s %s/%s\n", name, version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Kinds are what [Page] makes.
func Kinds() []string { return []string{"man", "bash", "zsh", "fish"} }

// Page is the manual page ("man", in roff), or the completion for bash, zsh or
// fish.
func Page(kind, name, help string) (string, error) {
	flags := parse(help)
	switch kind {
	case "man":
		return man(name, help), nil
	case "bash":
		return bash(name, flags), nil
	case "zsh":
		return zsh(name, flags), nil
	case "fish":
		return fish(name, flags), nil
	}
	return "", fmt.Errorf("want one of %s", strings.Join(Kinds(), ", "))
}

// flag is one of the help text's.
type flag struct{ name, value, text string }

// choices are the values of a flag that has few.
func (f flag) choices() []string {
	if !strings.Contains(f.value, "|") {
		return nil
	}
	return strings.Split(f.value, "|")
}

func (f flag) file() bool { return f.value == "FILE" }
func (f flag) dir() bool  { return f.value == "DIR" }

var flagLine = regexp.MustCompile(`^  -([a-z0-9-]+)(?: (\S+))?(?:  +(.*)| (.*))?$`)

func parse(help string) (all []flag) {
	for line := range strings.Lines(help) {
		line = strings.TrimRight(line, "\n")
		if m := flagLine.FindStringSubmatch(line); m != nil {
			value := m[2]
			if value != "" && value != strings.ToUpper(value) && !strings.Contains(value, "|") && !strings.Contains(value, "//") {
				value = "" // the text begins at once
			}
			all = append(all, flag{m[1], value, strings.TrimSpace(m[3] + m[4])})
		} else if continued := strings.HasPrefix(line, "       "); continued && len(all) > 0 {
			all[len(all)-1].text += " " + strings.TrimSpace(line)
		}
	}
	return all
}

func man(name, help string) string {
	first, rest, _ := strings.Cut(help, "\n")
	var b strings.Builder
	what := strings.TrimSuffix(strings.TrimPrefix(first, name+" "), ".")
	fmt.Fprintf(&b, ".TH %s 1\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.nf\n", strings.ToUpper(name), name, roff(what))
	in := false // a list of flags or codes
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\n")
		m := flagLine.FindStringSubmatch(line)
		switch {
		case line == "":
		case !strings.HasPrefix(line, " "):
			if !in {
				b.WriteString(".fi\n")
			}
			in = true
			fmt.Fprintf(&b, ".SH %s\n", roff(strings.ToUpper(line)))
		case m != nil:
			if !in {
				b.WriteString(".fi\n.SH OPTIONS\n")
			}
			in = true
			head, text := splitFlag(line)
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(head), roff(text))
		case in && strings.HasPrefix(line, "   "):
			b.WriteString(roff(strings.TrimSpace(line)) + "\n")
		case in:
			code, text, _ := strings.Cut(strings.TrimSpace(line), " ")
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(code), roff(strings.TrimSpace(text)))
		default:
			b.WriteString(roff(strings.TrimSpace(line)) + "\n")
		}
	}
	return b.String()
}

// splitFlag splits a line of the help text into the flag with its value, and what
// it does.
func splitFlag(line string) (head, text string) {
	const column = 25 // where the texts begin
	if len(line) > column && line[column-1] == ' ' {
		return strings.TrimSpace(line[:column]), strings.TrimSpace(line[column:])
	}
	head, text, _ = strings.Cut(strings.TrimSpace(line), "  ")
	return head, strings.TrimSpace(text)
}

func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func bash(name string, flags []flag) string {
	var names []string
	var cases strings.Builder
	for _, f := range flags {
		names = append(names, "-"+f.name)
		switch {
		case f.choices() != nil:
			fmt.Fprintf(&cases, "    -%s) COMPREPLY=($(compgen -W %q -- \"$2\"));;\n", f.name, strings.Join(f.choices(), " "))
		case f.file():
			fmt.Fprintf(&cases, "    -%s) COMPREPLY=($(compgen -f -- \"$2\"));;\n", f.name)
		case f.dir():
			fmt.Fprintf(&cases, "    -%s) COMPREPLY=($(compgen -d -- \"$2\"));;\n", f.name)
		}
	}
	return fmt.Sprintf("_%[1]s() {\n  case \"$3\" in\n%[2]s    *) COMPREPLY=($(compgen -W %[3]q -- \"$2\"));;\n  esac\n}\ncomplete -F _%[1]s %[1]s\n",
		name, cases.String(), strings.Join(names, " "))
}

func zsh(name string, flags []flag) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %s\n_arguments \\\n", name)
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	for _, f := range flags {
		fmt.Fprintf(&b, "  '*-%s[%s]", f.name, quote.Replace(f.text))
		switch {
		case f.choices() != nil:
			fmt.Fprintf(&b, ":value:(%s)", strings.Join(f.choices(), " "))
		case f.file():
			b.WriteString(":file:_files")
		case f.dir():
			b.WriteString(":directory:_files -/")
		case f.value != "":
			b.WriteString(":value:")
		}
		b.WriteString("' \\\n")
	}
	return strings.TrimSuffix(b.String(), " \\\n") + "\n"
}

func fish(name string, flags []flag) string {
	var b strings.Builder
	for _, f := range flags {
		fmt.Fprintf(&b, "complete -c %s -o %s -d '%s'", name, f.name, strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(f.text))
		switch {
		case f.choices() != nil:
			fmt.Fprintf(&b, " -x -a '%s'", strings.Join(f.choices(), " "))
		case f.file():
			b.WriteString(" -r -F")
		case f.dir():
			b.WriteString(" -x -a '(__fish_complete_directories)'")
		case f.value != "":
			b.WriteString(" -x")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
