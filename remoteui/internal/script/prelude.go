package script

import (
	"math"
	"strings"
	"sync"

	"modernc.org/quickjs"
)

// preludeLine is where the lines of a prelude begin, far beyond those of any
// page, so that a stack trace shows which frames are its own.
const preludeLine = 100_000

// Prelude is code that every VM runs first, and parts of it that are read at
// first use: a VM reads and frees only what its page needs. Each is compiled
// once in the process.
type Prelude struct {
	main  compiled
	parts map[string]compiled
}

// compiled gives bytecode.
type compiled func() ([]byte, error)

// NewPrelude returns a prelude with the source, an expression or statements
// whose last value is a function, and the sources of its parts, whose last
// values it gets from globalThis.__part(name), or undefined where the engine
// could not read the part. A source is asked for once, when it is needed.
func NewPrelude(source func() string, parts map[string]func() string) *Prelude {
	p := &Prelude{main: compile(source), parts: make(map[string]compiled)}
	for name, source := range parts {
		p.parts[name] = compile(source)
	}
	return p
}

func compile(source func() string) compiled {
	return sync.OnceValues(func() ([]byte, error) {
		v, err := readingVM(unlimited, "")
		if err != nil {
			return nil, err
		}
		code, err := v.vm.Compile(strings.Repeat("\n", preludeLine)+source(), quickjs.EvalGlobal)
		v.haveRead(err)
		return code, err
	})
}

// unlimited is the memory of an engine that reads nothing but our own code.
const unlimited = math.MaxInt

// maxPad bounds the empty lines put before code to keep its line numbers.
const maxPad = 50_000

func pad(code string, line int) string {
	if line <= 1 || line > maxPad {
		return code
	}
	return strings.Repeat("\n", line-1) + code
}
