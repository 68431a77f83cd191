package memnet

import (
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func TestPipe(t *testing.T) {
	t.Parallel()
	a, b := Pipe(Addr(1), Addr(2))
	if _, err := a.Write([]byte("one")); err != nil { // nobody reads yet
		t.Fatal(err)
	}
	a.Close()
	got, err := io.ReadAll(b)
	if string(got) != "one" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := b.Write([]byte("x")); err == nil {
		t.Error("written to a closed connection")
	}
	if _, err := a.Read(make([]byte, 1)); err != net.ErrClosed {
		t.Errorf("read after Close: %v", err)
	}
	a, b = Pipe(Addr(1), Addr(2))
	defer b.Close()
	if err := a.SetDeadline(time.Now().Add(5 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read(make([]byte, 1)); !os.IsTimeout(err) {
		t.Errorf("read past the deadline: %v", err)
	}
	if n, err := a.Write(make([]byte, maxBuffered+1)); !os.IsTimeout(err) {
		t.Errorf("wrote %d bytes past the deadline: %v", n, err)
	}
}
